//! Changes that must not matter, and grids with almost nothing in them.
