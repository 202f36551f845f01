//! What a component makes its host hold counts against its memory. Each component here is made from the contract, asks for
//! some of WASI besides, and takes as much of the host as it can; what the host then has on its heap is measured.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use logzio_soar_host::{Connection, OutgoingBody, Runner, RunnerError, Upstream};
use peak_alloc::PeakAlloc;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

/// Counts what is on the heap. Memories of WebAssembly are elsewhere.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// The memory of each component: four pages of it are its own, the rest is what the host may hold.
const MEMORY: usize = 2 << 20;

/// The parts of WASI that the components here use, and a world that has them and the contract.
const WORLD: &str = include_str!("host_memory.wit");

/// What each misdeed finds in its memory: 64 KiB of the letter a at 65536, a slash before it, and a host at 512.
const READY: &str = "(memory.fill (i32.const 65536) (i32.const 97) (i32.const 65536))\n";
const DATA: &str = r#"(data (i32.const 512) "api-eu.logz.io") (data (i32.const 65535) "/")"#;
/// How a misdeed ends that was not stopped: with a result of no checks.
const RETURN: &str = "(i32.const 2048) return\n";

/// A component whose check of the connection does one thing. Functions of WASI go by their names, `$fields` for a constructor,
/// `$fields.append` for a method and `$fields_drop` for
/// dropping.
fn component(misdeed: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_path(concat!(env!("CARGO_MANIFEST_DIR"), "/wit")).unwrap();
    let package = resolve.push_str("host_memory.wit", WORLD).unwrap();
    let world = resolve.select_world(&[package], Some("attack")).unwrap();
    let dummy = wit_component::dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    let text = wasmprinter::print_bytes(dummy).unwrap();
    let mut named = String::new();
    for line in text.lines() {
        if let [_, _, _, name, rest] = line.splitn(5, '"').collect::<Vec<_>>()[..]
            && line.trim_start().starts_with("(import")
        {
            let name = name.trim_start_matches("[constructor]").trim_start_matches("[method]");
            let rest = rest.trim_start().replacen("(func ", &format!("(func ${name} "), 1);
            named += &line.replace(line.splitn(5, '"').last().unwrap(), &format!(" {rest}"));
        } else {
            named += line;
        }
        named += "\n";
    }
    let named = with_body(
        &named,
        "cm32p2|logzio:soar/diagnostics@0.1|check-connection",
        &format!("{READY}{misdeed}\n{RETURN}"),
    );
    let named = with_body(&named, "cm32p2_realloc", "(i32.const 3072) return\n");
    let named = named.replace("(memory (;0;) 0)", &format!("(memory (;0;) 4) {DATA}"));
    let end = named.rfind(')').unwrap();
    let globals: String =
        ["i", "a", "b", "c", "d"].iter().map(|name| format!("(global ${name} (mut i32) (i32.const 0))\n")).collect();
    let text = format!("{}{globals})", named.get(..end).unwrap());
    let mut module = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let mut encoder = ComponentEncoder::default();
    encoder.module(&module).unwrap();
    encoder.encode().unwrap()
}

/// A module in which an exported function has a body.
fn with_body(text: &str, export: &str, body: &str) -> String {
    let found =
        text.split_once(&format!("(export \"{export}\" (func ")).unwrap_or_else(|| panic!("{export}: {text}")).1;
    let index = found.split_once(')').unwrap().0;
    let (before, function) = text.split_once(&format!("(func (;{index};)")).unwrap();
    let function = function.replacen("    unreachable\n", body, 1);
    format!("{before}(func (;{index};){function}")
}

/// The misdeed, so many times over.
fn times(count: u32, misdeed: &str) -> String {
    format!(
        "(loop $again
            {misdeed}
            (global.set $i (i32.add (global.get $i) (i32.const 1)))
            (br_if $again (i32.lt_u (global.get $i) (i32.const {count}))))"
    )
}

/// Headers of 60 000 bytes, as `$a`.
const LARGE_FIELDS: &str = "
    (global.set $a (call $fields))
    (call $fields.append (global.get $a) (i32.const 65536) (i32.const 1) (i32.const 65536) (i32.const 60000)
        (i32.const 1024))\n";

/// A request to the allowed origin, as `$b`.
const REQUEST: &str = "
    (global.set $b (call $outgoing-request (call $fields)))
    (drop (call $outgoing-request.set-authority (global.get $b) (i32.const 1) (i32.const 512) (i32.const 14)))
    (drop (call $outgoing-request.set-path-with-query (global.get $b) (i32.const 1) (i32.const 65535) (i32.const 1)))\n";

/// A request that is sent, as `$c`.
const SEND: &str = "
    (call $handle (global.get $b) (i32.const 0) (i32.const 0) (i32.const 1024))
    (if (i32.load8_u (i32.const 1024)) (then unreachable))
    (global.set $c (i32.load (i32.const 1032)))\n";

/// A response to it that is there, as `$d`.
const RECEIVE: &str = "
    (global.set $a (call $future-incoming-response.subscribe (global.get $c)))
    (call $pollable.block (global.get $a))
    (call $pollable_drop (global.get $a))
    (call $future-incoming-response.get (global.get $c) (i32.const 1024))
    (if (i32.load8_u (i32.const 1040)) (then unreachable))
    (global.set $d (i32.load (i32.const 1048)))
    (call $future-incoming-response_drop (global.get $c))\n";

fn answering_with_large_headers() -> Upstream {
    Upstream::service(tower::service_fn(|_: Request<OutgoingBody>| async {
        let large = HeaderValue::from_bytes(&[b'a'; 60_000]).unwrap();
        Ok::<_, Infallible>(Response::builder().header("a", large).body(Full::<Bytes>::default()).unwrap())
    }))
}

fn never_answering() -> Upstream {
    Upstream::service(tower::service_fn(|_: Request<OutgoingBody>| {
        std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>()
    }))
}

/// Runs a misdeed. Returns how it ended, and how much the host had on its heap meanwhile, in bytes.
async fn run(misdeed: &str, upstream: Upstream) -> (Result<(), RunnerError>, usize) {
    let runner = Runner::builder()
        .component(component(misdeed))
        .upstream(upstream)
        .memory_limit(MEMORY)
        .grace(Duration::from_secs(20))
        .build()
        .unwrap();
    let session = runner.connect(Connection::new().region("eu").time_budget_ms(10));
    HEAP.reset_peak_usage();
    let before = HEAP.current_usage();
    let ended = session.check_connection().await;
    (ended.map(|_| ()), HEAP.peak_usage().saturating_sub(before))
}

/// The tests of this file take turns, since they share the heap.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test]
async fn what_the_host_holds_counts_against_the_memory_of_a_component() {
    let _turn = TURN.lock().await;
    let append = "(call $fields.append (global.get $b) (i32.const 65536) (i32.const 2) (i32.const 65536) (i32.const 1)
        (i32.const 1024))";
    let copies = format!(
        "{LARGE_FIELDS} {}",
        times(2_000, &format!("(global.set $b (call $fields.clone (global.get $a))) {append}"))
    );
    let empty_values = times(
        500_000,
        "(if (i32.eqz (i32.rem_u (global.get $i) (i32.const 300))) (then (global.set $b (call $fields))))
        (call $fields.append (global.get $b) (i32.const 65536) (i32.const 1) (i32.const 65536) (i32.const 0)
            (i32.const 1024))",
    );
    let paths = times(
        2_000,
        &format!(
            "{REQUEST} (drop (call $outgoing-request.set-path-with-query
                (global.get $b) (i32.const 1) (i32.const 65535) (i32.const 60000)))"
        ),
    );
    let methods = times(
        2_000,
        &format!(
            "{REQUEST} (drop (call $outgoing-request.set-method
                (global.get $b) (i32.const 9) (i32.const 65536) (i32.const 60000)))"
        ),
    );
    // A write of 64 KiB, whether or not it may be longer.
    let body = "(call $outgoing-request.body (global.get $b) (i32.const 1024))
        (call $outgoing-body.write (i32.load (i32.const 1028)) (i32.const 1024))
        (global.set $c (i32.load (i32.const 1028)))
        (call $output-stream.check-write (global.get $c) (i32.const 1024))
        (call $output-stream.write (global.get $c) (i32.const 65536) (i32.const 65536) (i32.const 1040))";
    let bodies = times(2_000, &format!("{REQUEST} {body}"));
    let responses = times(
        2_000,
        &format!(
            "{REQUEST} {SEND} {RECEIVE}
            (call $incoming-response.consume (global.get $d) (i32.const 1024))
            (call $incoming-body_drop (i32.load (i32.const 1028)))"
        ),
    );
    let timers = times(200_000, "(drop (call $subscribe-duration (i64.const 1000000000000)))");
    let streams = times(200_000, "(drop (call $output-stream.subscribe (call $get-stdout)))");
    let nowhere = never_answering;
    for (name, misdeed, upstream) in [
        ("fields", times(2_000, LARGE_FIELDS), nowhere()),
        ("copies of fields", copies, nowhere()),
        ("fields without values", empty_values, nowhere()),
        ("paths of requests", paths, nowhere()),
        ("methods of requests", methods, nowhere()),
        ("bodies that are written and not sent", bodies, nowhere()),
        ("requests that are not answered", times(5_000, &format!("{REQUEST} {SEND}")), nowhere()),
        ("heads of responses", responses, answering_with_large_headers()),
        ("timers", timers, nowhere()),
        ("streams", streams, nowhere()),
    ] {
        let (ended, held) = run(&misdeed, upstream).await;
        assert!(held < MEMORY, "{name}: the host held {} KiB; {ended:?}", held >> 10);
        let refused = matches!(ended, Err(RunnerError::MemoryExceeded { limit: MEMORY }));
        assert!(refused, "{name}: {ended:?}");
    }
}

#[tokio::test]
async fn what_a_component_passes_at_once_is_limited() {
    let _turn = TURN.lock().await;
    // A thousand checks, each with the same name of 60 160 bytes, wherever a check has its name: the lowest byte of each
    // number is 0, for the first case.
    let fill = times(
        16_000,
        "(i64.store (i32.add (i32.const 131072) (i32.mul (global.get $i) (i32.const 8)))
            (i64.or (i64.shl (i64.const 60160) (i64.const 32)) (i64.const 65536)))",
    );
    let result =
        format!("{fill} (i32.store (i32.const 2052) (i32.const 131072)) (i32.store (i32.const 2056) (i32.const 1000))");
    let (ended, held) = run(&result, never_answering()).await;
    assert!(matches!(ended, Err(RunnerError::ResultTooLarge { limit: MEMORY })), "{ended:?}");
    assert!(held < MEMORY + MEMORY / 2, "{} KiB", held >> 10);
    for (misdeed, says) in [
        ("(call $output-stream.write-zeroes (call $get-stdout) (i64.const 1099511627776) (i32.const 1024))", "zeroes"),
        ("(call $get-random-bytes (i64.const 1099511627776) (i32.const 1024))", "exceeds limit"),
        ("(call $get-random-bytes (i64.const 67108864) (i32.const 1024))", "exceeds limit"),
    ] {
        let (ended, held) = run(misdeed, never_answering()).await;
        assert!(matches!(&ended, Err(RunnerError::Trap { message, .. }) if message.contains(says)), "{ended:?}");
        assert!(held < MEMORY, "{misdeed}: {} KiB", held >> 10);
    }
    let write = "(call $output-stream.write (global.get $a) (i32.const 65536) (i32.const 65536) (i32.const 1024))";
    let output = format!("(global.set $a (call $get-stdout)) {}", times(1_000, write));
    let (ended, held) = run(&output, never_answering()).await;
    assert!(ended.is_ok() && held < MEMORY / 2, "{ended:?}, {} KiB", held >> 10);
}

/// A component may do for long what leaves nothing behind.
#[tokio::test]
async fn what_is_dropped_does_not_count() {
    let _turn = TURN.lock().await;
    let all = times(
        2_000,
        &format!(
            "{LARGE_FIELDS} (call $fields_drop (global.get $a))
            {REQUEST} {SEND} {RECEIVE}
            (call $incoming-response.consume (global.get $d) (i32.const 1024))
            (call $incoming-body_drop (i32.load (i32.const 1028)))
            (call $incoming-response_drop (global.get $d))
            (call $output-stream_drop (call $get-stdout))
            (call $pollable_drop (call $subscribe-duration (i64.const 1)))"
        ),
    );
    let (ended, _) = run(&all, answering_with_large_headers()).await;
    assert!(ended.is_ok(), "{ended:?}");
}
