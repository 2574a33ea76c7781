//! Load tests: the driver in real time, what it measures, and what it refuses.

mod same_path;
