//! The server: the protocol's rules over one store.
