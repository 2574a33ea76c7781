//! Real time and virtual time are the same path: over the simulated bot, whatever
//! the clock does, they write the same events.

use crate::common::{events, load_shipped, shipped};
use convoq::doubt::Doubt;
use convoq::event::Envelope;
use convoq::load::{Bot, End, Pace, Watch, play_real_time};
use convoq::scenario::Scenario;
use convoq::time::{SimDuration, SimTime};
use std::sync::atomic::AtomicBool;

#[derive(Default)]
struct Kept {
    events: Vec<Envelope>,
    walls: usize,
}

impl Watch for Kept {
    fn events(&mut self, events: &[Envelope], wall_us: &[Option<i64>]) {
        self.events.extend_from_slice(events);
        self.walls += wall_us.iter().flatten().count();
    }

    fn glance(&mut self, _: &Bot) -> Result<(), Doubt> {
        Ok(())
    }
}

fn in_real_time(scenario: &Scenario, from: SimTime, speed: f64) -> (Kept, End) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let mut kept = Kept::default();
    let pace =
        Pace { from, horizon: SimTime::NEVER, speed, grace: SimDuration::ZERO, exact: false };
    let stop = AtomicBool::new(false);
    let mut bot = Bot::Simulated;
    let end = runtime.block_on(play_real_time(scenario, 7, &mut bot, pace, &mut kept, &stop));
    (kept, end)
}

#[test]
fn a_clock_writes_the_same_events_as_virtual_time_for_every_shipped_scenario() {
    for name in shipped() {
        let scenario = load_shipped(&name, &[]);
        let (kept, end) = in_real_time(&scenario, SimTime::ZERO, 2_000.0);
        assert_eq!(end, End::Whole, "{name}");
        assert!(kept.events == events(&scenario, 7, 0), "{name}: they differ");
        assert_eq!(kept.walls, kept.events.len(), "{name}: each has its time");
    }
}

#[test]
fn a_run_that_begins_in_its_middle_has_the_past_that_virtual_time_would_have() {
    let scenario = load_shipped("quickstart", &[]);
    let virtual_time = events(&scenario, 7, 0);
    let from = SimTime::ZERO + SimDuration(12 * 3_600_000_000);
    let (kept, _) = in_real_time(&scenario, from, 10_000.0);
    assert!(kept.events == virtual_time, "the events differ");
    let later = virtual_time.iter().filter(|e| e.at >= from).count();
    assert!(later > 100 && kept.walls == later, "{} of {later}", kept.walls);
}
