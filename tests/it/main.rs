//! Tests through the public interface: one program, a module for each subject.

mod truth;
