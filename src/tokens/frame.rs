//! What a chat format adds to the texts of a prompt, in tokens.

/// The most that a chat format adds. What has no source beside it is a margin, generous by what is known: 1,000 for tools and for a schema
/// that a gateway turns into one, 128 for a schema, 16 and 128 for chat templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    /// To each message.
    pub(super) message: u64,
    /// To the whole.
    pub(super) prompt: u64,
    /// To a prompt with tools, besides the tools.
    pub(super) tools: u64,
    /// To a prompt whose answer has a schema, besides the schema.
    pub(super) format: u64,
}

impl Frame {
    /// Of the models that only OpenAI offers: three tokens for a message and one for its role or name, three before the answer
    /// (OpenAI's cookbook, "How to count tokens with tiktoken").
    pub(super) const OPENAI: Frame = Frame {
        message: 4,
        prompt: 3,
        tools: 1_000,
        format: 128,
    };

    /// Of any other model, whatever counts its texts: open models have a system prompt or a preamble in their chat template (that
    /// of `gpt-oss` says who it is, the date, the effort and its channels in some 70 tokens, and frames a message of the system in
    /// eight; openai-harmony 0.0.5), and a gateway may turn a schema into a tool. Anthropic documents up to 804 tokens for tools.
    pub(super) const UNKNOWN: Frame = Frame {
        message: 16,
        prompt: 128,
        tools: 1_000,
        format: 1_000,
    };
}
