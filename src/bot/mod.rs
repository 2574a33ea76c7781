//! The scenario's bot as a server that speaks the protocols of real ones.
