//! `convoq bot`: the scenario's bot as a server.

use super::ScenarioArgs;
use super::{Failure, OK, input, moment, scenario_file, stop};
use crate::bot::InjectedFault;
use crate::bot::{Limits, LineProblem, Messages, Options, Served, check_shares};
use crate::protocol::{ENDPOINTS, serve};
use crate::scenario::file::Scalar;
use crate::scenario::{Scenario, units};
use crate::time::{SimDuration, SimTime};
use anyhow::Context as _;
use clap::Args;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

#[derive(Args, Debug)]
pub(super) struct BotArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Address and port; port 0 takes a free one and prints it
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = parse_address)]
    listen: SocketAddr,
    /// Serve other machines too: without it only a loopback address is accepted
    #[arg(long)]
    public: bool,
    /// Seed of the bot's answers; the scenario's without it
    #[arg(long)]
    seed: Option<u64>,
    /// The scenario's time at the start: `10h` from its beginning, `10:00`, or `mon 10:00`
    #[arg(long, value_name = "T")]
    from: Option<String>,
    /// A fault to inject, as `freeze 3s at 2s`, `status 429 10% retry-after 2s`, `reset 5%`; may be given several times
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<InjectedFault>,
    /// Further messages that the bot understands: a file of JSON Lines
    #[arg(long, value_name = "FILE")]
    messages: Option<PathBuf>,
    /// A conversation without a message for this long is over, and its session is free
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = parse_idle)]
    idle: SimDuration,
    /// Only the address on standard error
    #[arg(short, long)]
    quiet: bool,
}

/// Reads an address to listen at: `127.0.0.1:8080`, `localhost:8080`.
pub(super) fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:").and_then(|port| {
        let port = port.parse().ok()?;
        Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    });
    local
        .or_else(|| text.parse().ok())
        .ok_or_else(|| "write an address and a port: 127.0.0.1:8080, [::1]:8080".into())
}

/// Reads a length of time greater than zero.
pub(super) fn parse_idle(text: &str) -> Result<SimDuration, String> {
    let length = units::duration(&Scalar::Text(text.to_owned()))
        .map_err(|error| format!("{}; {}", error.message, error.help))?;
    if length == SimDuration::ZERO {
        return Err("it has to be longer than nothing".into());
    }
    Ok(length)
}

pub(super) fn run(args: &BotArgs) -> Result<u8, Failure> {
    let loaded = scenario_file::load(&args.scenario, args.quiet)?;
    let scenario = Arc::new(loaded.scenario);
    let options = options(args, &scenario)?;
    if !args.listen.ip().is_loopback() && !args.public {
        return Err(Failure::invalid(format!(
            "error: {} can be reached from other machines\n  help: listen at 127.0.0.1:{port}, or say --public if that is meant",
            args.listen,
            port = args.listen.port()
        )));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    let served = runtime.block_on(listen(args, scenario, options))?;
    if !args.quiet {
        tell!(
            "{} messages in {} conversations, {} injected faults",
            served.messages,
            served.conversations,
            served.faults
        );
    }
    Ok(OK)
}

fn options(args: &BotArgs, scenario: &Scenario) -> Result<Options, Failure> {
    let file = args.scenario.file.display();
    if scenario.bot.is_none() {
        return Err(Failure::invalid(format!(
            "error: {file} has no bot to serve\n  help: add `bot: {{}}` to the scenario"
        )));
    }
    check_shares(&args.faults).map_err(|problem| {
        Failure::invalid(format!("error: --fault: {problem}\n  help: lower the shares, or keep the faults apart with `from 10s to 20s`"))
    })?;
    let from = match &args.from {
        Some(text) => moment::parse(&scenario.header, text)?,
        None => SimTime::ZERO,
    };
    Ok(Options {
        seed: args.seed.unwrap_or(scenario.seed),
        from,
        faults: args.faults.clone(),
        idle: args.idle,
        limits: Limits::default(),
        messages: messages(scenario, args.messages.as_deref())
            .map_err(|problems| Failure::problems(&problems))?,
    })
}

/// The built-in messages, and those of a file; every problem of the file at once.
pub(super) fn messages(scenario: &Scenario, file: Option<&Path>) -> Result<Messages, Vec<String>> {
    let built_in = Messages::of(scenario);
    let Some(file) = file else {
        return Ok(built_in);
    };
    let name = file.display();
    let text = input::text(file).map_err(|why| vec![format!("{name}: {why}")])?;
    built_in.with_file(&text).map_err(|problems| {
        let line = |p: &LineProblem| format!("{name}:{}: {}", p.line, p.problem);
        problems.iter().map(line).collect()
    })
}

async fn listen(
    args: &BotArgs,
    scenario: Arc<Scenario>,
    options: Options,
) -> Result<Served, Failure> {
    let listener = TcpListener::bind(args.listen).await.map_err(|error| {
        let help = match error.kind() {
            ErrorKind::AddrInUse => {
                "another program listens there; choose another port, or port 0 for a free one"
            }
            ErrorKind::PermissionDenied => "ports below 1024 need rights; choose a higher one",
            _ => "choose an address of this machine",
        };
        Failure::invalid(format!(
            "error: {}: cannot listen there: {error}\n  help: {help}",
            args.listen
        ))
    })?;
    let address = listener.local_addr().context("the port is not known")?;
    announce(args, &scenario, address);
    Ok(serve(scenario, options, listener, stop::requested()).await)
}

/// Says where the bot is and how it is used.
fn announce(args: &BotArgs, scenario: &Scenario, address: SocketAddr) {
    tell!("listening on http://{address}");
    if args.quiet {
        return;
    }
    tell!(
        "  the bot of {}, {} intents
  {}
  GET  /metrics                 counts for Prometheus
load it:  convoq load {} --target http://{address} --protocol openai
stop it:  Ctrl-C",
        scenario.header.scenario,
        scenario.intents.len(),
        ENDPOINTS.join("\n  "),
        args.scenario.file.display()
    );
}
