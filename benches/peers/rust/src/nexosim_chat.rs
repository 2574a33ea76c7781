//! nexosim: a source, a bot and the people behind it, joined by ports; one thread.

use super::{Draws, Measured, SERVERS};
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSource, Output};
use nexosim::simulation::{EventKey, Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// Where the models leave what they measured.
type Shared = Arc<Mutex<Option<Measured>>>;

fn draws() -> Draws {
    Draws::new(0)
}

#[derive(Serialize, Deserialize)]
struct Source {
    arrived: Output<MonotonicTime>,
    to_come: u64,
    #[serde(skip, default = "draws")]
    draws: Draws,
}

#[Model]
impl Source {
    #[nexosim(schedulable)]
    pub async fn arrive(&mut self, (): (), cx: &Context<Self>) {
        self.to_come -= 1;
        if self.to_come > 0 {
            let gap = self.draws.gap();
            cx.schedule_event(gap, schedulable!(Self::arrive), ()).expect("a later moment");
        }
        self.arrived.send(cx.time()).await;
    }
}

#[derive(Serialize, Deserialize)]
struct Bot {
    /// Whether the bot resolved it, and when the customer came.
    ended: Output<(bool, MonotonicTime)>,
    #[serde(skip, default = "draws")]
    draws: Draws,
}

#[Model]
impl Bot {
    pub fn engage(&mut self, arrived: MonotonicTime, cx: &Context<Self>) {
        let stay = self.draws.bot();
        cx.schedule_event(stay, schedulable!(Self::end), arrived).expect("a later moment");
    }

    #[nexosim(schedulable)]
    pub async fn end(&mut self, arrived: MonotonicTime) {
        let resolved = !self.draws.escalates();
        self.ended.send((resolved, arrived)).await;
    }
}

/// A place in the queue.
#[derive(Serialize, Deserialize)]
struct Waiting {
    arrived: MonotonicTime,
    queued: MonotonicTime,
    /// Of the timer of its patience, while that runs.
    patience: Option<EventKey>,
}

#[derive(Serialize, Deserialize)]
struct People {
    waiting: VecDeque<Waiting>,
    /// Ticket of the head of the queue: tickets below it were called.
    head_ticket: u64,
    idle: u32,
    to_leave: u64,
    #[serde(skip, default = "draws")]
    draws: Draws,
    #[serde(skip, default = "Measured::new")]
    measured: Measured,
    #[serde(skip)]
    result: Shared,
}

#[Model]
impl People {
    pub fn take(&mut self, (resolved, arrived): (bool, MonotonicTime), cx: &Context<Self>) {
        if resolved {
            self.leave(arrived, cx);
        } else if self.idle > 0 {
            self.idle -= 1;
            self.serve(arrived, cx.time(), cx);
        } else {
            let ticket = self.head_ticket + self.waiting.len() as u64;
            let patience = self.draws.patience();
            let timer = schedulable!(Self::lose_patience);
            let key = cx.schedule_keyed_event(patience, timer, ticket).expect("a later moment");
            let queued = cx.time();
            self.waiting.push_back(Waiting { arrived, queued, patience: Some(key) });
        }
    }

    #[nexosim(schedulable)]
    pub fn lose_patience(&mut self, ticket: u64, cx: &Context<Self>) {
        let waiting = &mut self.waiting[(ticket - self.head_ticket) as usize];
        waiting.patience = None;
        let (arrived, queued) = (waiting.arrived, waiting.queued);
        self.measured.abandoned += 1;
        self.measured.waited(cx.time().duration_since(queued));
        self.leave(arrived, cx);
    }

    #[nexosim(schedulable)]
    pub fn end_service(&mut self, arrived: MonotonicTime, cx: &Context<Self>) {
        self.leave(arrived, cx);
        while let Some(next) = self.waiting.pop_front() {
            self.head_ticket += 1;
            if let Some(patience) = next.patience {
                patience.cancel();
                self.serve(next.arrived, next.queued, cx);
                return;
            }
        }
        self.idle += 1;
    }

    fn serve(&mut self, arrived: MonotonicTime, queued: MonotonicTime, cx: &Context<Self>) {
        self.measured.waited(cx.time().duration_since(queued));
        let service = self.draws.service();
        cx.schedule_event(service, schedulable!(Self::end_service), arrived)
            .expect("a later moment");
    }

    fn leave(&mut self, arrived: MonotonicTime, cx: &Context<Self>) {
        self.measured.left(cx.time().duration_since(arrived));
        self.to_leave -= 1;
        if self.to_leave == 0 {
            let measured = std::mem::replace(&mut self.measured, Measured::new());
            *self.result.lock().expect("one thread") = Some(measured);
        }
    }
}

pub fn run(customers: u64, seed: u64) -> Measured {
    let result = Shared::default();
    let mut seeds = Draws::new(seed);
    let mut draws = || Draws::new(seeds.next_u64());
    let mut source = Source { arrived: Output::default(), to_come: customers, draws: draws() };
    let mut bot = Bot { ended: Output::default(), draws: draws() };
    let people = People {
        waiting: VecDeque::new(),
        head_ticket: 0,
        idle: SERVERS,
        to_leave: customers,
        draws: draws(),
        measured: Measured::new(),
        result: Arc::clone(&result),
    };
    let (source_box, bot_box, people_box) = (Mailbox::new(), Mailbox::new(), Mailbox::new());
    source.arrived.connect(Bot::engage, &bot_box);
    bot.ended.connect(People::take, &people_box);
    let mut init = SimInit::with_num_threads(1);
    let begin = EventSource::new().connect(Source::arrive, &source_box).register(&mut init);
    let start = MonotonicTime::EPOCH;
    let mut simulation = init
        .add_model(source, source_box, "source")
        .add_model(bot, bot_box, "bot")
        .add_model(people, people_box, "people")
        .init(start)
        .expect("the models fit");
    simulation.process_event(&begin, ()).expect("the first customer");
    simulation.run().expect("until nobody is left");
    let measured = result.lock().expect("one thread").take();
    measured.expect("everybody left")
}
