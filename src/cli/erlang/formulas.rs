//! The formulas in short, for `convoq explain`; `docs/erlang.md` says more.

/// Name, title, and what it is for.
pub(in crate::cli) const FORMULAS: [(&str, &str, &str); 6] = [
    (
        "erlang-b",
        "Erlang B: nobody waits",
        "The share of contacts that find all agents busy and are turned away.\n\
         1/B(n) = 1 + n/a 1/B(n-1), a erlangs offered; any law of handle times.\n\
         For trunks, bot sessions, lines without a queue. Source: Erlang 1917.",
    ),
    (
        "erlang-c",
        "Erlang C: nobody gives up",
        "Waits of M/M/n: P(wait) = n B / (n - a (1 - B)), P(wait > t) = P(wait) exp(-(n - a) t / AHT).\n\
         Without a steady state when a >= n. It overstates waits where customers give up.\n\
         For e-mail, tickets, call-backs, lightly loaded lines. Source: Erlang 1917.",
    ),
    (
        "erlang-a",
        "Erlang A: customers give up",
        "Waits of M/M/n+G, with any law of patience: the offered wait has the density\n\
         v(x) ~ exp(rate H(x) - n x / AHT), H(x) the mean of patience limited to x.\n\
         With exponential patience P(abandon) = E[wait] / E[patience]. For phone queues.\n\
         Sources: Palm 1957; Baccelli & Hebuterne 1981; Zeltyn & Mandelbaum 2005.",
    ),
    (
        "erlang-x",
        "Erlang X: some of those who gave up try again",
        "Erlang A at the rate that solves total = first + redial total P(abandon); exact by a\n\
         Markov chain where --delay is given and the team is small. Source: Koole, Call Center Mathematics.",
    ),
    (
        "erlang-chat",
        "Erlang-chat: several chats at once",
        "A birth-death chain: n chats spread evenly over N agents, an agent with k of them works at\n\
         total speed R(k); when all are full chats wait as in Erlang A. No division of the handle\n\
         time gives it. Exact chains of the least-loaded and most-loaded rule for small teams.",
    ),
    (
        "offered-load",
        "Offered load: erlangs at a moment of a day",
        "m(t) = integral of rate(t - u) P(work > u) du: the mean number in service if nobody waited.\n\
         `erlang day` puts it in the formula of each interval (modified offered load).\n\
         Sources: Eick, Massey & Whitt 1993; Jennings, Mandelbaum, Massey & Whitt 1996.",
    ),
];
