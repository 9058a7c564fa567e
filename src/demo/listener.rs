//! A listener that goes away for a while: connections are refused, and open ones break off.

use super::limits::OutageClock;
use axum::serve::Listener;
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};

pub(super) struct OutageListener {
    addr: SocketAddr,
    /// `None` during the outage.
    listener: Option<TcpListener>,
    clock: OutageClock,
}

impl OutageListener {
    pub(super) fn new(listener: TcpListener, clock: OutageClock) -> io::Result<OutageListener> {
        Ok(OutageListener {
            addr: listener.local_addr()?,
            listener: Some(listener),
            clock,
        })
    }
}

/// Pause after an error, such as too many open files.
const PAUSE: Duration = Duration::from_millis(50);

impl Listener for OutageListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let Some(listener) = &self.listener else {
                self.clock.clone().ends().await;
                match TcpListener::bind(self.addr).await {
                    Ok(listener) => self.listener = Some(listener),
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
                continue;
            };
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, addr)) => {
                        // A request that fails for this alone would be answered all the same, only later.
                        let _ = stream.set_nodelay(true);
                        let outage = Box::pin(self.clock.clone().begins());
                        return (Connection { stream, outage }, addr);
                    }
                    Err(_) => tokio::time::sleep(PAUSE).await,
                },
                () = self.clock.clone().begins() => self.listener = None,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.addr)
    }
}

/// A connection that breaks off when the outage begins.
pub(super) struct Connection {
    stream: TcpStream,
    outage: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Connection {
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.outage.as_mut().poll(context) {
            Poll::Ready(()) => {
                self.outage = Box::pin(std::future::ready(()));
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
