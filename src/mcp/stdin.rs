//! Standard input that tells when it ends: then the client is gone, and nothing more is sent for it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    sync::watch,
};

/// A reader, and who is told of its end.
#[derive(Debug)]
pub(super) struct NoticedEnd<R> {
    pub(super) input: R,
    /// Raised by one at the end.
    pub(super) interrupts: watch::Sender<u32>,
}

impl<R: AsyncRead + Unpin> AsyncRead for NoticedEnd<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.input).poll_read(context, buffer);
        let has_ended = match &read {
            Poll::Ready(Ok(())) => buffer.filled().len() == before && buffer.remaining() > 0,
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        };
        if has_ended {
            self.interrupts.send_modify(|count| *count += 1);
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;

    #[tokio::test]
    async fn the_end_is_told_after_the_last_byte() {
        let interrupts = watch::Sender::new(0);
        let told = interrupts.subscribe();
        let mut reader = NoticedEnd {
            input: &b"ab"[..],
            interrupts,
        };
        let mut two = [0; 2];
        reader.read_exact(&mut two).await.unwrap();
        assert_eq!(*told.borrow(), 0);
        assert_eq!(reader.read(&mut two).await.unwrap(), 0);
        assert_eq!(*told.borrow(), 1);
    }
}
