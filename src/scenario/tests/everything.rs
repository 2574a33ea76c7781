//! Every field of the file arrives in the model.

use super::*;

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-9 * b.abs().max(1.0), "{a} is not {b}");
}

#[test]
fn head_and_time() {
    let s = loaded(EVERYTHING);
    let h = &s.header;
    assert_eq!((h.scenario.as_str(), s.seed, s.replications), ("everything", 7, 5));
    assert_eq!(
        (h.start_date.as_str(), h.zone.as_str(), h.epoch_s),
        ("2026-03-02", "Europe/Bucharest", 1_772_402_400)
    );
    assert_eq!(s.horizon, SimTime(5 * 24 * HOUR_US));
    assert_eq!((s.end, h.end), (SimTime(122 * HOUR_US), SimTime(122 * HOUR_US)));
    assert_eq!(h.measured, (SimTime(HOUR_US), s.horizon));
    assert_eq!(h.interval_labels.len(), 240);
    assert_eq!(h.interval_labels[17], "2026-03-02 08:30");
    assert_eq!((h.day_starts.len(), h.day_starts[5]), (6, s.horizon));
    assert_eq!(s.open.0.len(), 9);
    assert_eq!(s.open.0[8].end.since(s.open.0[8].start), SimDuration(5 * HOUR_US));
    assert_eq!(h.segments, ["b2c", "b2b"]);
    assert_eq!(h.tiers, ["standard", "vip", "trial"]);
    assert_eq!(h.languages, ["en", "ro"]);
    assert_eq!(h.channels, ["chat", "phone", "messaging", "email"]);
    assert_eq!(
        h.queues.iter().map(|q| q.name.as_str()).collect::<Vec<_>>(),
        ["chat_vip", "chat", "refunds", "phone", "messaging", "email", "sorting"]
    );
    assert_eq!(
        h.faults,
        ["bot_outage", "slow_bot", "accuracy_regression", "agents_absent", "demand_spike"]
    );
    assert_eq!((h.has_bot, h.bot_sessions), (true, Some(200)));
    assert_eq!(
        (h.deflection_window, h.fcr_window),
        (SimDuration(12 * HOUR_US), SimDuration(72 * HOUR_US))
    );
    assert_eq!(h.short_abandon, SimDuration::from_s(6.0));
    assert_eq!(h.short_bot, SimDuration::from_s(90.0));
    let saved = h.time_saved.unwrap();
    assert_eq!((saved.addressable, saved.messages), (0.25, 5.0));
    assert_eq!(
        (saved.per_transfer, saved.per_message),
        (SimDuration::from_s(90.0), SimDuration::from_s(45.0))
    );
    assert_eq!(h.targets.len(), 3);
    assert_eq!(h.sha256.len(), 64);
}

#[test]
fn customers() {
    let s = loaded(EVERYTHING);
    let vip = &s.tiers[1];
    assert_eq!(
        (vip.priority, vip.human_only, vip.patience_factor, vip.work_factor),
        (2, true, 1.5, 1.2)
    );
    let order = &s.intents[0];
    assert_eq!(order.wrap_up, Some(Distribution::Constant { value_s: 30.0 }));
    assert_eq!(order.patience, Some(Distribution::Exponential { mean_s: 180.0 }));
    assert_eq!((order.bot.coverage, order.bot.accuracy, order.bot.bypass), (0.95, 0.61, 0.05));
    assert_eq!((order.bot.confident_right, order.bot.confident_wrong), (0.85, 0.45));
    close(order.article_exposure, 0.2 * 0.9);
    assert_eq!((order.article_solves, order.human_solves), (0.31, 0.95));
    close(order.work.mean_s(), 240.0);
    let refund = &s.intents[1];
    assert_eq!(
        (refund.bot.accuracy, refund.bot.confident_right, refund.human_solves),
        (0.85 * (1.0 - 0.2), 0.8, 0.9)
    );
    let cancel = &s.intents[2];
    assert!(cancel.bot.never);
    assert_eq!(cancel.article_solves, 0.03);
}

#[test]
fn demand() {
    let s = loaded(EVERYTHING);
    let names = &s.header.sources;
    assert_eq!(
        names[..6],
        ["web-chat", "b2b-chat", "b2c-phone", "b2c-phone-2", "b2b-email", "b2b-email-2"]
    );
    assert_eq!(names[10], "web-chat#spike");
    let Arrivals::Intervals { pieces, busyness } = &s.sources[0].arrivals else { unreachable!() };
    assert_eq!((busyness.unwrap().cv, busyness.unwrap().correlation), (0.12, 0.8));
    let day = |n: u32| pieces.iter().filter(|p| p.day == n).map(volume).sum::<f64>();
    for (n, volume) in [(0, 1100.0), (1, 1000.0), (2, 500.0), (4, 1800.0)] {
        close(day(n), volume);
    }
    assert_eq!(pieces[0].span.start, SimTime(8 * HOUR_US));
    assert_eq!(pieces.iter().map(|p| p.number).collect::<Vec<_>>()[..4], [0, 1, 2, 1000]);
    let vip = (s.sources[0].tiers.values.clone(), s.sources[0].tiers.cumulative.clone());
    assert_eq!(vip.0.iter().map(|t| t.0).collect::<Vec<_>>(), [0, 1, 2]);
    close(vip.1[0], 0.85);
    let Arrivals::Intervals { pieces, .. } = &s.sources[1].arrivals else { unreachable!() };
    close(pieces.iter().filter(|p| p.day == 0).map(volume).sum(), 360.0);
    let Arrivals::Intervals { pieces, .. } = &s.sources[2].arrivals else { unreachable!() };
    assert_eq!(pieces.len(), 2);
    // 07:00 UTC is 09:00 in Bucharest.
    assert_eq!((pieces[0].span.start, pieces[0].volume), (SimTime(9 * HOUR_US), Volume::Given(6)));
    assert_eq!(pieces[0].number, 18);
    let Arrivals::Intervals { pieces, .. } = &s.sources[3].arrivals else { unreachable!() };
    assert_eq!((pieces.len(), pieces[1].volume, pieces[1].number), (2, Volume::Expected(6.5), 18));
    let Arrivals::Intervals { pieces, .. } = &s.sources[4].arrivals else { unreachable!() };
    assert_eq!((pieces.len(), pieces[0].volume), (240, Volume::Expected(1.0)));
    let Arrivals::Intervals { pieces, .. } = &s.sources[5].arrivals else { unreachable!() };
    assert_eq!((pieces.len(), pieces[4].volume), (120, Volume::Expected(2.0)));
    let Arrivals::Recorded { times, .. } = &s.sources[6].arrivals else { unreachable!() };
    assert_eq!(times[..], [SimTime(9 * HOUR_US), SimTime(32 * HOUR_US + 1_500_000)]);
    let Arrivals::Recorded { times, .. } = &s.sources[7].arrivals else { unreachable!() };
    assert_eq!(times[..], [SimTime(9 * HOUR_US), SimTime(10 * HOUR_US)]);
    assert!(matches!(
        s.sources[8].arrivals,
        Arrivals::Burst { size: BurstSize::Recipients { recipients: 20_000, .. }, .. }
    ));
    assert!(
        matches!(s.sources[9].arrivals, Arrivals::Burst { at: SimTime(t), .. } if t == 61 * HOUR_US)
    );
    let Arrivals::Intervals { pieces, .. } = &s.sources[10].arrivals else { unreachable!() };
    assert_eq!((pieces.len(), pieces[0].span.start), (1, SimTime(12 * HOUR_US)));
    // Half an hour of two that bring a fifth of 1,100.
    close(volume(&pieces[0]), 55.0);
    assert!(!s.sources[4].articles && s.sources[0].articles);
    assert_eq!(s.sources[0].key, hash_name("web-chat"));
}

fn volume(piece: &Piece) -> f64 {
    match piece.volume {
        Volume::Expected(mean) => mean,
        Volume::Given(n) => f64::from(n),
    }
}

#[test]
fn channels_and_bot() {
    let s = loaded(EVERYTHING);
    let chat = &s.channels[0];
    assert_eq!((chat.silent_abandonment, chat.silent_hold), (0.1, SimDuration::from_s(90.0)));
    assert_eq!(
        (chat.after_hours, chat.bot, chat.open_hours_clock),
        (AfterHours::BotOnly, true, false)
    );
    assert_eq!(chat.open.0, [Span { start: SimTime::ZERO, end: s.end }]);
    let phone = &s.channels[1];
    assert_eq!((phone.after_hours, phone.bot), (AfterHours::TurnAway, false));
    let said = phone.announcement.unwrap();
    assert_eq!((said.balk, said.patience_factor), (Balk::Probability(0.2), 1.5));
    assert_eq!(s.channels[2].announcement.unwrap().balk, Balk::Rational);
    assert!(matches!(s.channels[2].patience, Some(Distribution::WithZero { zero: 0.05, .. })));
    assert!(
        s.channels[3].open_hours_clock && s.channels[3].patience.is_none() && s.channels[2].bot
    );
    let bot = s.bot.as_ref().unwrap();
    assert_eq!(
        (bot.accept, bot.leave_silently, bot.ask_human, bot.max_turns),
        (0.24, 0.26, 0.36, 4)
    );
    assert_eq!(
        (bot.accuracy_decay, bot.sessions, bot.beyond),
        (0.9, Some(200), BeyondCapacity::Wait)
    );
    assert_eq!((bot.escape_hatch, bot.lost_trust), (true, 0.3));
    assert_eq!(bot.human_only, [0.225, 0.62]);
    let limit = RateLimit { gap: SimDuration::from_s(0.02), burst: 50 };
    assert_eq!(bot.rate, Some(limit));
    assert_eq!(bot.languages, [true, false]);
    assert_eq!(bot.think, Some(Distribution::Uniform { low_s: 5.0, high_s: 40.0 }));
    assert!(bot.hours.contains(SimTime(121 * HOUR_US)));
}

#[test]
fn routing_and_queues() {
    let s = loaded(EVERYTHING);
    let r = &s.routing;
    assert_eq!((r.rules_cover, r.right_first_try, r.sticky), (0.5, 0.6, true));
    assert_eq!(
        (r.agent_choice, r.ageing),
        (AgentChoice::LongestIdle, Some(SimDuration::from_s(300.0)))
    );
    assert_eq!(r.misroute_work, Distribution::Constant { value_s: 61.0 });
    let triage = r.triage.as_ref().unwrap();
    assert_eq!((triage.queue.0, triage.right, triage.work.mean_s()), (6, 0.99, 45.0));
    let vip = &s.queues[0];
    assert_eq!((vip.priority, vip.capacity, vip.full_to.map(|q| q.0)), (1, Some(30), Some(1)));
    assert_eq!(vip.overflow.map(|o| (o.to.0, o.after)), Some((1, SimDuration::from_s(90.0))));
    assert_eq!((vip.takes.channels[0].0, vip.takes.tiers[0].0), (0, 1));
    assert_eq!(vip.mistaken_for.iter().map(|q| q.0).collect::<Vec<_>>(), [1]);
    // `chat` is not served by `turns`' skill but by its channel; ranks: place in `serves`, then speed.
    assert_eq!(s.queues[1].teams.iter().map(|t| t.0).collect::<Vec<_>>(), [0, 3, 4, 2]);
    assert_eq!(vip.teams.iter().map(|t| t.0).collect::<Vec<_>>(), [2, 0]);
    assert_eq!((s.queues[2].capacity, s.queues[2].full_to), (Some(0), None));
    assert_eq!(s.queues[2].takes.languages.len(), 1);
    assert!(s.queues[6].takes.nothing && s.header.queues[6].triage);
    assert_eq!(s.queues[6].teams.iter().map(|t| t.0).collect::<Vec<_>>(), [5]);
    let thresholds =
        |n: usize| s.header.queues[n].thresholds.iter().map(|t| t.as_s()).collect::<Vec<_>>();
    assert_eq!(thresholds(0), [60.0, 20.0]);
    assert_eq!(thresholds(1), [60.0, 20.0]);
    assert_eq!(thresholds(5), [86_400.0, 20.0]);
    assert_eq!((s.header.queues[5].open_hours_clock, s.header.queues[5].clock_channel), (true, 3));
    close(s.queues[2].mean_work_s, 360.0);
}

#[test]
fn teams() {
    let s = loaded(EVERYTHING);
    let chat = &s.teams[0];
    assert_eq!((chat.capacity, chat.channel_units.clone()), (12, vec![3, 0, 2, 12]));
    assert_eq!(chat.speed.len(), 7);
    close(chat.speed[2] * 2.0, libm::pow(2.0, 0.785));
    assert_eq!((chat.speed_cv, chat.shift_end), (0.1, ShiftEnd::FirstFree));
    assert_eq!((chat.away.planned, chat.away.absence, chat.away.late_share), (0.2, 0.08, 0.1));
    assert_eq!(chat.away.late_by, Distribution::Exponential { mean_s: 360.0 });
    assert_eq!(chat.serves.iter().map(|q| q.queue.0).collect::<Vec<_>>(), [1, 0, 5, 4]);
    close(chat.serves[0].speed, 1.1);
    close(chat.serves[1].speed, 1.1 * 0.9);
    close(s.teams[2].speed[2], 1.0 / 1.113);
    close(s.teams[3].speed[2], 0.9);
    close(s.teams[4].speed[2], 0.75);
    assert_eq!((s.teams[1].shift_end, s.teams[1].away.planned), (ShiftEnd::HandBack, 0.28));
    assert_eq!(s.teams[5].channel_units, [1, 1, 1, 1]);
    let facts = &s.header.teams[0];
    assert_eq!((facts.wage_per_hour, facts.max_contacts), (14.0, 6));
    assert_eq!((facts.relative_speed[0], facts.relative_speed[6]), (0.0, 1.0));
    close(facts.relative_speed[1], libm::pow(6.0, -0.785));
}

#[test]
fn shifts() {
    let s = loaded(EVERYTHING);
    let chat: Vec<&Agent> = s.agents.iter().filter(|a| a.team.0 == 0).collect();
    assert_eq!(chat.len(), 18 + 4 + 5);
    assert_eq!((chat[0].key, chat[0].duties.len()), (hash_name("chat/early/0"), 5));
    let duty = &chat[0].duties[0];
    assert_eq!((duty.breaks[0].start, duty.free_breaks.len()), (SimTime(12 * HOUR_US), 2));
    // The file: 3 agents of 9-17, the third on Tuesday only, then one of 12-20.
    assert_eq!(chat[18..22].iter().map(|a| a.duties.len()).collect::<Vec<_>>(), [2, 2, 1, 1]);
    assert_eq!(chat[18].key, hash_name("chat/1/0"));
    // The headcount 3, 5, 0, 2 of Monday and Thursday: two agents have two runs a day.
    assert_eq!(chat[22..].iter().map(|a| a.duties.len()).collect::<Vec<_>>(), [4, 4, 2, 2, 2]);
    let phone = s.agents.iter().find(|a| a.team.0 == 1).unwrap();
    assert_eq!((phone.duties.len(), phone.key), (9, hash_name("phone/agents/0")));
    assert_eq!(s.header.agent_teams.len(), s.agents.len());
}

#[test]
fn what_follows() {
    let s = loaded(EVERYTHING);
    let r = &s.returns;
    assert_eq!(
        (r.after_true, r.after_false, r.after_human, r.after_human_unsolved),
        (0.03, 0.6, 0.12, 0.5)
    );
    assert_eq!((r.after_article, r.after_abandon, r.after_balk), (0.01, 0.4, 0.1));
    assert_eq!(
        (r.after_blocked, r.after_closed, r.max_contacts, r.through_bot),
        (0.5, 0.6, u16::MAX, false)
    );
    let switch = r.channel_switch[1].as_ref().unwrap();
    assert_eq!(switch.values.iter().map(|c| c.0).collect::<Vec<_>>(), [1, 0]);
    close(switch.cumulative[0], 0.7);
    let survey = s.survey.as_ref().unwrap();
    assert_eq!((survey.response, survey.extreme_factor), ([0.09, 0.21], 3.0));
    assert_eq!((survey.wait_penalty_per_min, survey.sd), (0.03, 0.2));
    // The means 0.81, 0.26, 0.86 and 0.36 are those after the cut to 0..1.
    let given = [0.81, 0.26, 0.86, 0.36];
    for (centre, mean) in survey.centres.into_iter().zip(given) {
        assert!((centre > mean) == (mean > 0.5), "{centre} for {mean}");
    }
    let c = &s.header.costs;
    assert_eq!((c.currency.as_str(), c.per_contact[0], c.bot_per_resolution), ("EUR", 0.1, 0.99));
    assert_eq!((c.bot_per_session, c.human_contact), (0.01, 6.0));
    close(c.bot_fixed, 3500.0 * (119.0 / 24.0) / 30.4375);
    assert_eq!(s.faults.len(), 5);
    assert_eq!(s.faults[1].kind, FaultKind::SlowBot(5.0));
    assert_eq!(s.faults[2].kind, FaultKind::AccuracyRegression(0.5));
    assert!(matches!(s.faults[3].kind, FaultKind::AgentsAbsent { share: 0.3, .. }));
    assert_eq!(
        s.faults[0].span,
        Span { start: SimTime(61 * HOUR_US), end: SimTime(61 * HOUR_US + 2400 * 1_000_000) }
    );
}

#[test]
fn the_schema_stands_alone() {
    let schema = json_schema();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    let text = schema.to_string();
    assert!(!text.contains("$defs") && !text.contains("\"null\""));
    // Every reference has its definition, and every field says what it is.
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = &part[..part.find('"').unwrap()];
        assert!(schema.pointer(pointer).is_some(), "{pointer}");
    }
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        for (field, about) in definition["properties"].as_object().into_iter().flatten() {
            assert!(about.get("description").is_some(), "{name}.{field}");
        }
    }
    let mut tree = source_text::parse(EVERYTHING).unwrap().value;
    let checked = structure::check(&mut tree, &schema);
    assert!(checked.readable && checked.problems.is_empty(), "{:?}", checked.problems);
}
