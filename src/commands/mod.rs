//! One file a subcommand: wires parts together, holds no logic.
