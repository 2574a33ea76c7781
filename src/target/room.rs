//! What replies hold in memory, each and all together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::failure::Failure;

/// Longest reply that is read, bytes.
pub(crate) const REPLY_BYTES: usize = 16 << 20;
/// Most that all replies of a target hold at once, bytes.
const ALL_BYTES: usize = 256 << 20;

/// What all replies of a target hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    held: Arc<AtomicUsize>,
}

impl Memory {
    /// Room for one reply, empty so far.
    pub fn room(&self) -> Room {
        Room { memory: self.clone(), held: 0 }
    }
}

/// What one reply holds of it. Dropping it gives it back.
#[derive(Debug, Default)]
pub(crate) struct Room {
    memory: Memory,
    held: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.memory.held.fetch_sub(self.held, Ordering::Relaxed);
    }
}

impl Room {
    /// Holds so many bytes more.
    ///
    /// # Errors
    /// The reply is too long, or all together are.
    pub fn add(&mut self, bytes: usize) -> Result<(), Failure> {
        let bytes = self.held.saturating_add(bytes);
        if bytes > REPLY_BYTES {
            return Err(too_long());
        }
        self.set(bytes)
    }

    /// Holds so many bytes from now on: of a reply whose length is counted elsewhere.
    ///
    /// # Errors
    /// All together are too long.
    pub fn set(&mut self, bytes: usize) -> Result<(), Failure> {
        let more = bytes.saturating_sub(self.held);
        let before = self.memory.held.fetch_add(more, Ordering::Relaxed);
        if more > 0 && before + more > ALL_BYTES {
            self.memory.held.fetch_sub(more, Ordering::Relaxed);
            return Err(Failure::protocol(format!(
                "the replies under way hold more than {} MiB together, the most that is kept: this one was given up; a lower rate leaves room",
                ALL_BYTES >> 20
            )));
        }
        let less = self.held.saturating_sub(bytes);
        self.memory.held.fetch_sub(less, Ordering::Relaxed);
        self.held = bytes;
        Ok(())
    }

    /// What it holds, bytes.
    pub fn bytes(&self) -> usize {
        self.held
    }
}

/// What a reply fails with that has no end.
pub(crate) fn too_long() -> Failure {
    Failure::protocol(format!("the reply is longer than {} MiB", REPLY_BYTES >> 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_reply_and_all_together_are_bounded_and_room_is_given_back() {
        let memory = Memory::default();
        let mut rooms: Vec<Room> = (0..16).map(|_| memory.room()).collect();
        for room in &mut rooms {
            assert!(room.add(REPLY_BYTES).is_ok());
            assert!(room.add(1).is_err_and(|f| f.problem.contains("16 MiB")));
        }
        let mut late = memory.room();
        assert!(late.add(1).is_err_and(|f| f.problem.contains("256 MiB")));
        assert_eq!(late.bytes(), 0);
        assert!(rooms[0].set(10).is_ok());
        assert!(late.add(REPLY_BYTES - 10).is_ok());
        assert!(late.add(1).is_err());
        drop(rooms);
        assert_eq!(memory.held.load(Ordering::Relaxed), late.bytes());
    }
}
