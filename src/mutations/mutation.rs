//! The list of mutations: the rules that can be broken, and how one is switched on. What each does is in the module that
//! has the name of the operation, or in `sweep`, `transport` or `answer`.

use std::cell::Cell;

/// The variable that switches a mutation on in a component, by its name.
pub const VARIABLE: &str = "LOGZIO_SOAR_MUTATION";

/// Each mutation is what it does, its name, and the rule that it breaks.
macro_rules! mutations {
    (
        sweep { $($(#[$sweep_does:meta])+ $sweep:ident = $sweep_name:literal: $sweep_rule:literal,)+ }
        others { $($(#[$does:meta])+ $other:ident = $name:literal: $rule:literal,)+ }
    ) => {
        /// A rule, broken. Most are what an integration in use does, or may.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mutation {
            $($(#[$sweep_does])+ $sweep,)+
            $($(#[$does])+ $other,)+
        }

        impl Mutation {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$sweep,)+ $(Self::$other,)+];
            /// Those of the sweep.
            pub const SWEEP: &[Self] = &[$(Self::$sweep,)+];

            /// The name in lower case, with hyphens.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$sweep => $sweep_name,)+
                    $(Self::$other => $name,)+
                }
            }

            /// The rule that it breaks, in a sentence.
            #[must_use]
            pub fn rule(self) -> &'static str {
                match self {
                    $(Self::$sweep => $sweep_rule,)+
                    $(Self::$other => $rule,)+
                }
            }
        }
    };
}

mutations! {
    sweep {
        /// The next fetch starts 0.1 s after the last incident.
        TenthOfASecond = "tenth-of-a-second": "No event between two fetches is passed over.",
        /// Only the first fifty rows of a range are ever read.
        PageOneOnly = "page-one-only": "Every event of a range is read, however many there are.",
        /// What was delivered is not remembered.
        ForgetIds = "forget-ids": "No event is delivered twice.",
        /// Nothing is looked for behind the newest event.
        NoLookBack = "no-look-back": "An event that is indexed late is delivered all the same, up to the look-back.",
        /// An event with a defect fails the fetch.
        StopAtABadEvent = "stop-at-a-bad-event": "An event that cannot be read in part does not hold up the others.",
        /// An event with a defect is left out.
        DropBadEvents = "drop-bad-events": "An event that cannot be read in part is delivered all the same.",
        /// Logz.io is asked for the range itself, as if its start belonged to it.
        BoundWithoutTheExtraSecond = "bound-without-the-extra-second": "An event at the very start of the range is delivered.",
        /// Rows with the same second are taken as they come.
        TiesNotChecked = "ties-not-checked": "Events of one moment are all delivered, in whatever order Logz.io returns them.",
        /// The position is the present and not that of the newest event.
        PositionByTheClock = "position-by-the-clock": "An event that is indexed after a fetch that found nothing is delivered.",
        /// A page that cannot be read is passed over.
        FailedPageIsSkipped = "failed-page-is-skipped": "What a failure kept from being read is read by the next fetch.",
        /// The last three minutes are read too.
        PresentNotLeftOut = "present-not-left-out": "Events of the last three minutes are left for later.",
        /// A pass ends where Logz.io's count says.
        TotalTrusted = "total-trusted": "A count of Logz.io's that is too small loses no event.",
        /// A count that Logz.io does not keep is passed over in silence.
        TotalIgnored = "total-ignored": "Where Logz.io counts more events than it shows, a notice says so.",
        /// The first fetch starts at a whole second.
        StartNotExact = "start-not-exact": "Nothing older than the start is returned.",
        /// Rows that were counted under one filter are counted on under another.
        FilterChangeNotNoticed = "filter-change-not-noticed": "A change of the filter holds for what has not been read yet, and loses nothing.",
        /// The cursor moves on although the page that it is of was not finished.
        RestOfThePassIsSkipped = "rest-of-the-pass-is-skipped": "A range with more events than a page is gone on with, to its end.",
    }
    others {
        /// The manifest's version is a word.
        VersionNotSemantic = "version-not-semantic": "The manifest's version is a Semantic Version.",
        /// The manifest leaves out the hunt.
        CommandUnnamed = "command-unnamed": "The manifest names every function that can be asked for.",
        /// The manifest asks for tokens as for any text.
        SecretShown = "secret-shown": "The manifest marks both tokens as secret.",
        /// The manifest requires both tokens.
        RequiredParameterInvented = "required-parameter-invented": "The manifest requires nothing that a connection can do without.",
        /// A page's incidents come newest first.
        NewestIncidentFirst = "newest-incident-first": "The incidents of a page come oldest first.",
        /// A fetch returns up to fifty incidents, whatever its limit.
        FetchLimitIgnored = "fetch-limit-ignored": "A fetch returns at most as many incidents as its limit says.",
        /// Events of any severity are returned.
        SeverityFilterIgnored = "severity-filter-ignored": "Only events of the severities asked for are returned.",
        /// Events with any tags are returned.
        TagFilterIgnored = "tag-filter-ignored": "Only events with one of the tags asked for are returned.",
        /// Events of any rule are returned.
        RuleNameFilterIgnored = "rule-name-filter-ignored": "Only events of rules with the name asked for are returned.",
        /// Muted events are returned without being asked for.
        MutedEventsReturned = "muted-events-returned": "Muted events are returned only if they are asked for.",
        /// An event is written anew from what was read of it.
        EventRewritten = "event-rewritten": "An event is passed on byte for byte.",
        /// Incidents come without the logs asked for.
        AttachedLogsForgotten = "attached-logs-forgotten": "The logs asked for are attached.",
        /// Every page says that more are waiting.
        AlwaysMore = "always-more": "A page says that more are waiting only if they may be.",
        /// A cursor that cannot be read starts anew an hour ago.
        ForeignCursorTaken = "foreign-cursor-taken": "A cursor that cannot be read is refused.",
        /// A search covers the last two days of its range.
        TwoDaysOnly = "two-days-only": "A search covers its whole range.",
        /// Every page of a search is the first.
        PageTokenIgnored = "page-token-ignored": "A page goes on where the one before ended.",
        /// A search returns as many logs as there are.
        SearchLimitIgnored = "search-limit-ignored": "A search returns at most as many logs as its limit says.",
        /// A page begins with the last log of the one before.
        PageBordersRepeated = "page-borders-repeated": "No log is on two pages.",
        /// The total is the number of logs on the page.
        TotalIsOfThePage = "total-is-of-the-page": "The total is the number of logs that match.",
        /// No page but the last has the total.
        TotalComesLast = "total-comes-last": "The first page has the total of a range of up to 30 days.",
        /// A search is always newest first.
        OrderIgnored = "order-ignored": "Logs come in the order asked for.",
        /// Logs come whole, whatever fields were asked for.
        FieldsIgnored = "fields-ignored": "Logs hold only the fields asked for.",
        /// What a query may not mean is passed over in silence.
        QueryHintUnmentioned = "query-hint-unmentioned": "Where a query may not mean what it should, a notice says so.",
        /// A page that ends before its range does says nothing of it.
        EarlyEndUnmentioned = "early-end-unmentioned": "Where a page ends before its range does, a notice says so.",
        /// A failure that ended a page is passed over in silence.
        FailureUnmentioned = "failure-unmentioned": "Where a failure ended a page early, a notice says so.",
        /// What Logz.io did not finish counts as whole.
        MissingLogsUnmentioned = "missing-logs-unmentioned": "Where Logz.io answered only in part, a notice says so.",
        /// Logs that cannot be reached are passed over in silence.
        HiddenLogsUnmentioned = "hidden-logs-unmentioned": "Where logs cannot be reached, a notice says so.",
        /// A part of a log passes for all of it.
        CutLogUnmentioned = "cut-log-unmentioned": "Where a log is too large to be returned whole, a notice says so.",
        /// A look-back that is shorter than it was asked to be says nothing of it.
        ShortMemoryUnmentioned = "short-memory-unmentioned": "Where a cursor cannot remember what the look-back holds, a notice says so.",
        /// A clock that is wrong is passed over in silence.
        WrongClockUnmentioned = "wrong-clock-unmentioned": "Where the clocks differ, a notice says so.",
        /// A search goes on to the present.
        UntilIgnored = "until-ignored": "No log after the end of the range is returned.",
        /// A log is written anew from what was read of it.
        LogRewritten = "log-rewritten": "A log is passed on byte for byte.",
        /// The logs of an event end with their first page.
        EventLogsOnOnePage = "event-logs-on-one-page": "All logs of an event can be had, page by page.",
        /// A hundred logs of an event are returned, whatever the limit.
        EventLogsLimitIgnored = "event-logs-limit-ignored": "At most as many logs of an event are returned as the limit says.",
        /// Every sighting holds what was found of any indicator.
        NothingAttributed = "nothing-attributed": "A log counts for the indicators that it holds, and for no other.",
        /// Values are written into queries without quotes.
        ValuesUnquoted = "values-unquoted": "No value can change a query.",
        /// A defanged value is looked for as it is written.
        DefangedTakenLiterally = "defanged-taken-literally": "A defanged value is read as what it stands for.",
        /// Only the first field of a kind is looked in.
        FirstFieldOnly = "first-field-only": "An indicator is looked for in every field of its kind.",
        /// What cannot be looked for is left out in silence.
        RejectedUnmentioned = "rejected-unmentioned": "What cannot be looked for is named, with the reason.",
        /// The hits are the logs returned.
        HitsAreLogsReturned = "hits-are-logs-returned": "The hits are all logs that hold the indicator, returned or not.",
        /// The first time seen is the last one.
        FirstAndLastExchanged = "first-and-last-exchanged": "The earliest and the latest log tell when an indicator was seen first and last.",
        /// A caller's networks count as external.
        InternalNetworksIgnored = "internal-networks-ignored": "A network that the caller names as internal is internal.",
        /// Only what was seen is reported.
        UnseenLeftOut = "unseen-left-out": "Every indicator that was looked for is reported, hits or not.",
        /// Only what common shippers name is looked in.
        FieldsNotLearned = "fields-not-learned": "The fields of the account's own are looked in.",
        /// The report does not say where was looked.
        SearchedUnmentioned = "searched-unmentioned": "A report says which fields of which log types were searched.",
        /// Whatever was searched is said to be of addresses.
        SearchedOfOneKind = "searched-of-one-kind": "A report says of which kind the fields are.",
        /// A log type that was not sampled is passed over in silence.
        UnknownTypesUnmentioned = "unknown-types-unmentioned": "Where a log type was not sampled, no sighting is complete, and the type is named.",
        /// The host of a URL has no sighting.
        HostsOfUrlsLeftOut = "hosts-of-urls-left-out": "Where a URL was not seen but its host was, the host is reported.",
        /// What two fields hold together is not seen.
        TwoFieldsApart = "two-fields-apart": "A URL or an account is seen where two fields hold its parts.",
        /// Every field counts for every log type.
        FieldsWithoutTypes = "fields-without-types": "A field that was found names the log types that it is in.",
        /// Every log is said to hold the fields.
        ShareIsAlwaysWhole = "share-is-always-whole": "A field that was found says in how many logs it holds something.",
        /// Every notice of a hunt has the same code.
        NoticesOfOneCode = "notices-of-one-code": "A notice has the code of what it is about.",
        /// What was searched in a simpler way counts as whole.
        SimplerSearchUnmentioned = "simpler-search-unmentioned": "A search that had to be simpler makes no complete sighting.",
        /// Nothing says why there is no first time.
        UnknownFirstUnmentioned = "unknown-first-unmentioned": "Where it is not known when an indicator was first seen, a notice says so.",
        /// What Logz.io found besides is left out in silence.
        FalseMatchesUnmentioned = "false-matches-unmentioned": "Where logs that Logz.io found were left out, a notice says so.",
        /// Notices that are too many are left out in silence.
        NoticesLeftOutUnmentioned = "notices-left-out-unmentioned": "Where notices were left out, a notice says so.",
        /// The Operations token is not checked.
        SecondTokenUnchecked = "second-token-unchecked": "Each token given is checked.",
        /// A check that failed is reported as passed.
        FailedChecksPass = "failed-checks-pass": "What does not work is a failed check.",
        /// A token that is not set fails its check.
        UnsetTokenFails = "unset-token-fails": "One token is enough: what needs the other is skipped.",
        /// A token that is not accepted is a failure of the server.
        UnauthorizedAsServer = "unauthorized-as-server": "A token that Logz.io does not accept is unauthorized.",
        /// A token of another region is not accepted.
        WrongRegionAsUnauthorized = "wrong-region-as-unauthorized": "A token of another region is distinguished from a wrong one.",
        /// A token of another kind of account is not accepted.
        WrongAccountAsUnauthorized = "wrong-account-as-unauthorized": "A token of another kind of account is distinguished from a wrong one.",
        /// How long to wait is not passed on.
        RateLimitWithoutTime = "rate-limit-without-time": "The time to wait that Logz.io names is passed on.",
        /// A query that is refused is a malformed answer.
        QueryRejectedAsMalformed = "query-rejected-as-malformed": "A query that Logz.io refuses is rejected.",
        /// An answer that did not come in time is an unreachable host.
        TimedOutAsUnreachable = "timed-out-as-unreachable": "An answer that does not come in time is a timeout.",
        /// The status of a failure is always 500.
        StatusLost = "status-lost": "The status that Logz.io failed with is passed on.",
        /// An answer that cannot be read is a failure of the server.
        MalformedAsServer = "malformed-as-server": "An answer that is not what the API promises is malformed.",
        /// Nothing is asked for again.
        NoRetry = "no-retry": "A failure that may pass is survived within the time budget.",
        /// The time budget is never spent.
        RetriesBeyondTheBudget = "retries-beyond-the-budget": "A call returns within its time budget.",
        /// When Logz.io says how long to wait, it is not heeded.
        RetryAfterUnread = "retry-after-unread": "What Logz.io says of how long to wait is heeded.",
        /// Compressed answers are asked for and not inflated.
        GzipNotRead = "gzip-not-read": "Compressed answers are read.",
        /// Compressed answers are not asked for.
        GzipNotAskedFor = "gzip-not-asked-for": "Compressed answers are asked for.",
        /// What failed counts as having found nothing.
        FailureAsNothingFound = "failure-as-nothing-found": "A failure is never reported as an empty result.",
        /// Every call is reported to another host.
        AnotherHost = "another-host": "Nothing but the Logz.io endpoint is reached.",
        /// The environment is written to standard output.
        EnvironmentPrinted = "environment-printed": "Nothing of the environment leaves the component.",
        /// Memory is taken without end.
        TakesMemoryForEver = "takes-memory-for-ever": "A call takes no more memory than its host grants.",
        /// A call never returns, and keeps a processor busy.
        LoopsForEver = "loops-for-ever": "A call returns.",
        /// A call never returns, and waits.
        SleepsForEver = "sleeps-for-ever": "A call returns, while it waits too.",
        /// A call traps.
        Traps = "traps": "A call answers or fails with an error of the contract.",
        /// A call ends the component.
        Exits = "exits": "A call answers, and does not exit.",
        /// A call prints without end.
        PrintsForEver = "prints-for-ever": "A call returns, while it prints too.",
        /// An error quotes the token.
        TokenInError = "token-in-error": "No error holds a token.",
        /// A notice quotes the token.
        TokenInNotice = "token-in-notice": "No notice holds a token.",
        /// The tokens of the environment go wherever the connection says.
        EnvironmentTokenAnywhere = "environment-token-anywhere": "A token of the environment goes to no URL that only the connection names.",
        /// The token is written to standard error.
        TokenInOutput = "token-in-output": "Nothing written to an output holds a token.",
        /// The lines that trace requests hold the token.
        TokenInTrace = "token-in-trace": "No line that traces a request holds a token.",
        /// Only the first try of a request is traced.
        RetriesUntraced = "retries-untraced": "Each request that is sent is traced, if the environment asks for it.",
        /// The token is in the URL of a request.
        TokenInQueryString = "token-in-query-string": "A token is sent in its header only.",
        /// The cursor holds the token.
        TokenInCursor = "token-in-cursor": "No cursor holds a token.",
        /// A token that the server repeats is passed on.
        EchoedTokenPassedOn = "echoed-token-passed-on": "A token in an answer of Logz.io's is overwritten.",
        /// A token in escapes of JSON is passed on.
        EscapedTokenPassedOn = "escaped-token-passed-on": "A token in escapes of JSON is overwritten.",
        /// A token in Base64 is passed on.
        EncodedTokenPassedOn = "encoded-token-passed-on": "A token in Base64 is overwritten.",
        /// A limit of 0 is taken as none.
        ZeroLimitTaken = "zero-limit-taken": "A limit of 0 is refused.",
        /// A limit above 10 000 is taken as 10 000.
        ExcessLimitTaken = "excess-limit-taken": "A limit above 10 000 logs is refused.",
        /// An id that is too long is cut.
        LongEventIdTaken = "long-event-id-taken": "An id that no event can have is refused.",
        /// A time budget out of its range is taken as none.
        TimeBudgetUnchecked = "time-budget-unchecked": "A time budget out of its range is refused.",
        /// A query that is too long is taken as one for all logs.
        LongQueryTaken = "long-query-taken": "A query longer than 32 768 bytes is refused.",
        /// An empty query is taken as one for all logs.
        EmptyQueryTaken = "empty-query-taken": "An empty query is refused.",
        /// A look-back of more than a day is taken as one of a day.
        LongLookBackTaken = "long-look-back-taken": "A look-back of more than a day is refused.",
        /// A hunt for nothing finds nothing.
        NoIndicatorsTaken = "no-indicators-taken": "A hunt for nothing is refused.",
    }
}

impl Mutation {
    /// Runs `action` with this mutation in every call of this thread.
    pub fn during<T>(self, action: impl FnOnce() -> T) -> T {
        /// Switches it off again, after a panic too.
        struct Off;
        impl Drop for Off {
            fn drop(&mut self) {
                CURRENT.set(None);
            }
        }
        let _off = Off;
        CURRENT.set(Some(self));
        action()
    }

    /// The one that is switched on, in this thread or for this component.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.get().or_else(named)
    }
}

#[cfg(not(target_family = "wasm"))]
fn named() -> Option<Mutation> {
    None
}

/// What the environment names. Traps if there is no such mutation: a slip
/// would pass for a component without one.
#[cfg(target_family = "wasm")]
fn named() -> Option<Mutation> {
    let name = std::env::var(VARIABLE).ok().filter(|name| !name.is_empty())?;
    let found = Mutation::ALL.iter().copied().find(|mutation| mutation.name() == name);
    assert!(found.is_some(), "{VARIABLE} names no mutation: take one from mutants.json");
    found
}

/// Whether this one is switched on.
pub(super) fn is(mutation: Mutation) -> bool {
    Mutation::current() == Some(mutation)
}

thread_local! {
    static CURRENT: Cell<Option<Mutation>> = const { Cell::new(None) };
}
