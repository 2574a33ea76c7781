//! HTTP/2 connections that all share: as many as the streams that the bot allows on each
//! make necessary. Who comes first is served first.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use tokio::sync::Notify;

use super::address::Origin;
use super::link::Link;

/// The connections, and who waits for one.
pub(crate) struct Shared {
    links: RefCell<Vec<Rc<RefCell<Link>>>>,
    /// Connections that are being made.
    making: Cell<usize>,
    /// Streams that the newest connection allows; without one, all that can be hoped for.
    allowed: Cell<usize>,
    /// Requests that wait for a stream, in their order.
    waiting: RefCell<VecDeque<Rc<Notify>>>,
}

impl Default for Shared {
    fn default() -> Self {
        Shared {
            links: RefCell::default(),
            making: Cell::new(0),
            allowed: Cell::new(usize::MAX),
            waiting: RefCell::default(),
        }
    }
}

/// The place of one exchange on a connection.
pub(crate) struct Place {
    link: Rc<RefCell<Link>>,
    shared: Rc<Shared>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.link.borrow_mut().streams -= 1;
        self.shared.wake_first();
    }
}

/// A connection is being made. When it is there, or is not, everybody looks again.
pub(crate) struct Making(Rc<Shared>);

impl Drop for Making {
    fn drop(&mut self) {
        self.0.making.set(self.0.making.get() - 1);
        let waiting = self.0.waiting.borrow();
        waiting.iter().for_each(|one| one.notify_one());
    }
}

/// A place in the queue, which is kept until it is given up.
pub(crate) struct Ticket {
    shared: Rc<Shared>,
    woken: Rc<Notify>,
}

impl Ticket {
    /// How many are before it.
    pub fn ahead(&self) -> usize {
        let waiting = self.shared.waiting.borrow();
        let place = waiting.iter().position(|one| Rc::ptr_eq(one, &self.woken));
        place.unwrap_or(0)
    }

    /// Waits until it is worth looking again.
    pub async fn wait(&self) {
        self.woken.notified().await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let ahead = self.ahead();
        self.shared.waiting.borrow_mut().remove(ahead);
        self.shared.wake_first();
    }
}

impl Shared {
    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.borrow().len()
    }

    pub fn queue(self: &Rc<Self>) -> Ticket {
        let woken = Rc::new(Notify::new());
        self.waiting.borrow_mut().push_back(Rc::clone(&woken));
        let shared = Rc::clone(self);
        Ticket { shared, woken }
    }

    fn wake_first(&self) {
        if let Some(first) = self.waiting.borrow().front() {
            first.notify_one();
        }
    }

    /// A place on a connection, where there is one for all who are ahead and one more.
    pub fn place(self: &Rc<Self>, origin: &Origin, ahead: usize) -> Option<Place> {
        let mut links = self.links.borrow_mut();
        links.retain(|link| link.borrow_mut().takes_streams());
        let free = |link: &&Rc<RefCell<Link>>| link.borrow().free_streams(origin);
        let all = links.iter().map(|link| free(&link));
        if all.fold(0, usize::saturating_add) <= ahead {
            return None;
        }
        let link = links.iter().find(|link| free(link) > 0)?;
        Some(self.place_on(link))
    }

    fn place_on(self: &Rc<Self>, link: &Rc<RefCell<Link>>) -> Place {
        link.borrow_mut().streams += 1;
        let (link, shared) = (Rc::clone(link), Rc::clone(self));
        Place { link, shared }
    }

    /// Whether the connections that are being made will have a stream for who comes after
    /// so many.
    pub fn is_place_coming(&self, ahead: usize) -> bool {
        self.making.get().saturating_mul(self.allowed.get()) > ahead
    }

    /// A connection begins to be made.
    pub fn make(self: &Rc<Self>) -> Making {
        self.making.set(self.making.get() + 1);
        Making(Rc::clone(self))
    }

    /// A connection for all, with the place of whoever made it.
    pub fn add(self: &Rc<Self>, link: &Rc<RefCell<Link>>) -> Place {
        self.links.borrow_mut().push(Rc::clone(link));
        let place = self.place_on(link);
        let link = link.borrow();
        let free = link.free_streams(&link.origin);
        self.allowed.set(free.saturating_add(1));
        place
    }
}

impl Place {
    pub fn link(&self) -> Rc<RefCell<Link>> {
        Rc::clone(&self.link)
    }
}
