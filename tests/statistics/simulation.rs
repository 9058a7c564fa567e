//! Simulations with a fixed seed: coverage, false findings, planted effects.
