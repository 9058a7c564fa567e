//! What a chat format adds to the texts of a prompt, in tokens.

/// For tools, besides the tools. An estimate: Anthropic documents at most 804 tokens ("Tool use", table of system prompt tokens, of its
/// models up to 2026), and OpenAI nothing; rounded up.
const TOOLS: u64 = 1_000;

/// For a schema that the interface takes as such. An estimate, without a source: no more than a few sentences were seen.
const OWN_FORMAT: u64 = 128;

/// The most that a chat format adds.
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
        tools: TOOLS,
        format: OWN_FORMAT,
    };

    /// Of any other model, whatever counts its texts: open models have a system prompt or a preamble in their chat template (that
    /// of `gpt-oss` says who it is, the date, the effort and its channels in some 70 tokens, and frames a message of the system in
    /// eight; openai-harmony 0.0.5), so 128 and 16 are estimates, twice that. A gateway may turn a schema into a tool.
    pub(super) const UNKNOWN: Frame = Frame {
        message: 16,
        prompt: 128,
        tools: TOOLS,
        format: TOOLS,
    };
}
