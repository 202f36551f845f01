//! Schedules: a stream of events, a Logz.io with habits of its own, and a host
//! that fetches through all kinds of trouble. Made from a seed, and made
//! smaller while they still fail.

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use logzio_simulator::{Behaviour, Bound, Event, Fault, Fractions, PageDepth, Severity, Ties, Total};
use logzio_soar::contract;
use std::time::Duration;

/// When the schedules' first events happen.
pub fn epoch() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

/// A run, whole: what happens follows from it alone.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub seed: u64,
    pub behaviour: Behaviour,
    pub events: Vec<Happening>,
    /// The first fetch goes this far back from the epoch, in milliseconds.
    pub first_back: i64,
    pub steps: Vec<Step>,
    /// What the last fetches, without trouble, use.
    pub last: Fetch,
}

/// An event: when it happens and when it can be seen.
#[derive(Clone, Debug)]
pub struct Happening {
    pub number: usize,
    /// Milliseconds after the epoch.
    pub at: i64,
    /// Milliseconds until it becomes visible.
    pub late: i64,
    pub severity: Severity,
    pub muted: bool,
    pub tagged: bool,
    /// What Logz.io sends for the event, if it is not a proper one. No two
    /// events of a schedule have the same.
    pub raw: Option<String>,
}

/// What the host does next.
#[derive(Clone, Debug)]
pub enum Step {
    Wait(Duration),
    /// The host's clock goes wrong by so much, in seconds, until the next.
    Clock(i64),
    Fetch(Fetch),
}

/// One fetch.
#[derive(Clone, Debug)]
pub struct Fetch {
    pub limit: u32,
    pub look_back: u32,
    pub filter: Filter,
    /// What goes wrong with which request of the fetch, from 1.
    pub fault: Option<(u32, u32, Fault)>,
    pub crash: Crash,
}

/// Which of two filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    All,
    HighWithTag,
}

/// When the host dies around storing the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    No,
    /// The incidents reached the platform, the cursor was not stored.
    BeforeStoring,
    /// The instance went away: neither.
    BeforeAnything,
}

impl Filter {
    pub fn wants(self, event: &Happening) -> bool {
        match self {
            Self::All => true,
            Self::HighWithTag => event.severity >= Severity::High && event.tagged && !event.muted,
        }
    }

    pub fn contract(self) -> contract::EventFilter {
        match self {
            Self::All => {
                contract::EventFilter { rule_name: None, severities: Vec::new(), tags: Vec::new(), include_muted: true }
            }
            Self::HighWithTag => contract::EventFilter {
                rule_name: Some("Rule".into()),
                severities: vec![contract::Severity::Severe, contract::Severity::High],
                tags: vec!["wanted".into()],
                include_muted: false,
            },
        }
    }
}

impl Happening {
    /// An ordinary event that is visible at once.
    pub fn new(number: usize, at: i64) -> Self {
        Self { number, at, late: 0, severity: Severity::High, muted: false, tagged: true, raw: None }
    }

    /// Makes it an event that can hardly be read. No two are the same.
    pub fn poison(&mut self, rng: &mut Rng) {
        let millis = epoch().timestamp_millis() + self.at;
        let date = format!("{}.{:03}000000", millis.div_euclid(1000), millis.rem_euclid(1000));
        let (id, number) = (self.id(), self.number);
        let good_id = format!("\"{id}\"");
        let good = [
            ("alertEventId", good_id.clone()),
            ("eventDate", date.clone()),
            ("name", "\"Rule seven\"".to_owned()),
            ("severity", "\"HIGH\"".to_owned()),
            ("alertId", "7".to_owned()),
            ("description", "\"d\"".to_owned()),
            ("alertSummary", "\"s\"".to_owned()),
            ("alertWindowStartDate", date.clone()),
            ("alertWindowEndDate", date.clone()),
            ("groupBy", "{\"a\":\"b\"}".to_owned()),
            ("tags", "[\"wanted\"]".to_owned()),
            ("mitreTags", "[\"T1059\"]".to_owned()),
            ("isMuted", "false".to_owned()),
            ("hits", "3".to_owned()),
        ];
        let huge = "x".repeat(20_000);
        let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
        let bad = [
            "null",
            "true",
            "-5",
            "4102444800",
            "1e400",
            "99999999999999999999999",
            "\"\"",
            "\"CRITICAL\"",
            "\"\\ud800\"",
            "\"\\u0000\\n\"",
            "{}",
            "[null,1,{}]",
            "[[\"a\"],\"a\"]",
            "{\"severity\":\"error\",\"eventDate\":1,\"alertEventId\":\"x\",\"alertEventId\":\"y\"}",
            &format!("\"{huge}\""),
            &deep,
        ];
        let mut fields: Vec<(&str, String)> = good.to_vec();
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(..fields.len());
            match rng.u8(..4) {
                0 => drop(fields.remove(at)),
                1 => {
                    // A second one, before or after the first.
                    let again = (fields[at].0, (*pick(rng, &bad)).to_owned());
                    fields.insert(rng.usize(..=fields.len()), again);
                }
                _ => fields[at].1 = (*pick(rng, &bad)).to_owned(),
            }
        }
        // Events with one id are one incident, and here each is another event.
        for (name, value) in &mut fields {
            if *name == "alertEventId" && value.starts_with('"') && *value != good_id {
                value.insert_str(value.len() - 1, &number.to_string());
            }
        }
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        self.raw = Some(match rng.u8(..12) {
            0 => number.to_string(),
            1 => format!("[{number}]"),
            2 => format!("\"{number}\""),
            _ => format!("{{\"number\":{number},{}}}", fields.join(",")),
        });
    }

    pub fn id(&self) -> String {
        format!("event-{}", self.number)
    }

    pub fn event(&self) -> Event {
        let date = epoch() + TimeDelta::milliseconds(self.at);
        let event = Event::new(self.id(), date)
            .rule(7, "Rule seven")
            .visible_at(date + TimeDelta::milliseconds(self.late))
            .severity(self.severity)
            .muted(self.muted)
            .tags(if self.tagged { vec!["Wanted", "other"] } else { vec!["other"] });
        match &self.raw {
            Some(raw) => event.raw(raw.clone()),
            None => event,
        }
    }
}

/// One line for each thing that happens.
impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        writeln!(f, "seed {}, {:?}", self.seed, self.behaviour)?;
        writeln!(f, "the first fetch starts {} ms before the epoch, the last are {:?}", self.first_back, self.last)?;
        let mut events: Vec<&Happening> = self.events.iter().collect();
        events.sort_by_key(|event| event.at);
        for event in events.iter().take(40) {
            writeln!(f, "  {event:?}")?;
        }
        if events.len() > 40 {
            writeln!(f, "  and {} more", events.len() - 40)?;
        }
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step:?}"))
    }
}

impl Schedule {
    /// Events that are fetched every minute without trouble, by a server and
    /// a host of the usual habits.
    pub fn plain(events: Vec<Happening>) -> Self {
        let last = Fetch { limit: 50, look_back: 15, filter: Filter::All, fault: None, crash: Crash::No };
        Self { seed: 0, behaviour: Behaviour::default(), events, first_back: 0, steps: Vec::new(), last }
    }

    /// The schedule of a seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rng = &mut rng;
        let behaviour = behaviour(rng);
        // Look-backs, and how late an event may be for the shortest of them.
        let steady = rng.u8(..4) > 0;
        let look_back = *pick(rng, &[15, 15, 15, 5, 30, 60, 0]);
        let clocks_go_wrong = look_back > 0 && rng.u8(..4) == 0;
        let shortest = if steady { look_back } else { look_back.min(5) };
        let latest = match shortest {
            0 => 120_000,
            minutes if clocks_go_wrong => i64::from(minutes) * 30_000,
            minutes => i64::from(minutes) * 60_000,
        };
        let span = *pick(rng, &[3_600_000, 600_000, 7_200_000, 86_400_000]);
        let mut events = events(rng, span, latest);
        let filter = *pick(rng, &[Filter::All, Filter::All, Filter::All, Filter::HighWithTag]);
        let base =
            Fetch { limit: *pick(rng, &[50, 50, 50, 50, 10, 1, 37]), look_back, filter, fault: None, crash: Crash::No };
        let mut steps = Vec::new();
        if rng.bool() {
            // A backlog to begin with.
            steps.push(Step::Wait(Duration::from_millis(rng.u64(..u64::try_from(span).unwrap()))));
        }
        for _ in 0..rng.usize(5..40) {
            let mut fetch = base.clone();
            if !steady && rng.u8(..4) == 0 {
                fetch.look_back = *pick(rng, &[5, 15, 30, look_back]);
                fetch.filter = *pick(rng, &[Filter::All, filter]);
                fetch.limit = rng.u32(1..70);
            }
            if rng.u8(..4) == 0 {
                fetch.fault = Some((rng.u32(1..4), *pick(rng, &[1, 1, 2, 9]), fault(rng)));
            }
            fetch.crash = *pick(
                rng,
                &[Crash::No, Crash::No, Crash::No, Crash::No, Crash::No, Crash::BeforeStoring, Crash::BeforeAnything],
            );
            steps.push(Step::Fetch(fetch));
            let seconds = *pick(rng, &[60, 60, 60, 1, 30, 300, 3_600]);
            steps.push(Step::Wait(Duration::from_secs(seconds)));
            if clocks_go_wrong && rng.u8(..4) == 0 {
                steps.push(Step::Clock(*pick(rng, &[0, -5, -40, -200, 30, 3_600, 10_800])));
            }
        }
        let first_back = rng.i64(0..600_000);
        // What Logz.io filters by and what such an event says may differ.
        if filter == Filter::All && rng.u8(..4) == 0 {
            for event in &mut events {
                if rng.u8(..20) == 0 {
                    event.poison(rng);
                }
            }
        }
        Self { seed, behaviour, events, first_back, steps, last: base }
    }

    /// Smaller schedules that may fail the same way, the smallest first.
    pub fn smaller(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for parts in [2, 4, 8, 16, 32] {
            let size = self.events.len().div_ceil(parts).max(1);
            for start in (0..self.events.len()).step_by(size) {
                let mut smaller = self.clone();
                smaller.events.drain(start..(start + size).min(self.events.len()));
                all.push(smaller);
            }
        }
        for at in 0..self.steps.len() {
            let mut smaller = self.clone();
            smaller.steps.remove(at);
            all.push(smaller);
            if let Some(Step::Fetch(fetch)) = self.steps.get(at)
                && (fetch.fault.is_some() || fetch.crash != Crash::No)
            {
                let mut smaller = self.clone();
                smaller.steps[at] = Step::Fetch(Fetch { fault: None, crash: Crash::No, ..fetch.clone() });
                all.push(smaller);
            }
        }
        let plain = Behaviour::default();
        for change in [
            Behaviour { from_date: plain.from_date, ..self.behaviour.clone() },
            Behaviour { to_date: plain.to_date, ..self.behaviour.clone() },
            Behaviour { date_fractions: plain.date_fractions, ..self.behaviour.clone() },
            Behaviour { ties: plain.ties, ..self.behaviour.clone() },
            Behaviour { total: plain.total, ..self.behaviour.clone() },
            Behaviour { page_depth: plain.page_depth, ..self.behaviour.clone() },
        ] {
            if change != self.behaviour {
                all.push(Self { behaviour: change, ..self.clone() });
            }
        }
        all
    }
}

fn pick<'a, T>(rng: &mut Rng, choices: &'a [T]) -> &'a T {
    &choices[rng.usize(..choices.len())]
}

fn behaviour(rng: &mut Rng) -> Behaviour {
    let bounds = [Bound::Inclusive, Bound::Exclusive];
    let fractions = [Fractions::Kept, Fractions::Truncated];
    Behaviour {
        from_date: *pick(rng, &bounds),
        to_date: *pick(rng, &bounds),
        date_fractions: *pick(rng, &fractions),
        filter_fractions: *pick(rng, &fractions),
        ties: *pick(rng, &[Ties::Stable, Ties::Shuffled]),
        total: *pick(rng, &[Total::Exact, Total::Exact, Total::Stale, Total::Off(-3), Total::Off(2)]),
        page_depth: *pick(rng, &[PageDepth::Unlimited, PageDepth::Empty(10_000), PageDepth::Refused(10_000)]),
        ..Behaviour::default()
    }
}

fn events(rng: &mut Rng, span: i64, latest: i64) -> Vec<Happening> {
    let mut times = Vec::new();
    let few = rng.usize(..60);
    times.extend((0..few).map(|_| rng.i64(0..span)));
    for _ in 0..*pick(rng, &[0, 1, 1, 2, 3]) {
        let at = rng.i64(0..span);
        let (most, width) = *pick(
            rng,
            // Many in a millisecond, in a second, in a minute.
            &[(60, 1), (60, 100), (120, 1_000), (300, 1_000), (400, 60_000), (150, 1)],
        );
        let count = rng.usize(1..=most);
        times.extend((0..count).map(|_| at + rng.i64(0..width)));
    }
    if rng.u8(..50) == 0 {
        let at = rng.i64(0..span);
        let width = *pick(rng, &[1, 1_000, 3_000]);
        let count = rng.usize(1_001..2_500);
        times.extend((0..count).map(|_| at + rng.i64(0..width)));
    }
    // Some rules date their events in whole seconds.
    let whole = rng.u8(..3) == 0;
    let late = rng.u8(..10);
    times
        .into_iter()
        .enumerate()
        .map(|(number, at)| Happening {
            number,
            at: if whole { at / 1000 * 1000 } else { at },
            late: if rng.u8(..10) < late { rng.i64(0..=latest) } else { rng.i64(0..1_000) },
            severity: *pick(rng, &Severity::ALL),
            muted: rng.u8(..10) == 0,
            tagged: rng.u8(..3) > 0,
            raw: None,
        })
        .collect()
}

fn fault(rng: &mut Rng) -> Fault {
    match rng.u8(..14) {
        0 => Fault::status(500),
        1 => Fault::status(503),
        2 => Fault::status(*pick(rng, &[400, 401, 403, 404, 418, 502, 504, 599])),
        3 => Fault::too_many_requests(None),
        4 => Fault::too_many_requests(Some(*pick(rng, &["1", "2", "90", "soon"]))),
        5 => Fault::HangBeforeHead,
        6 => Fault::HangAfterHead,
        7 => Fault::Truncate(None),
        8 => Fault::Reset(None),
        9 => Fault::Html,
        10 => Fault::InvalidJson,
        11 => Fault::EmptyBody,
        12 => Fault::Missing("results".into()),
        _ => Fault::Delay(Duration::from_secs(rng.u64(1..40))),
    }
}
