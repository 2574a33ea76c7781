//! The codes of problems and what they mean: `convoq explain E0105`.

/// Code, title and explanation of every problem of a scenario file.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "E0001",
        "not YAML",
        "The text cannot be read as YAML. Look at the line and the one before it: a missing `:`, quote or bracket, or a wrong indentation. Anchors, aliases and several documents are not allowed in a scenario.",
    ),
    (
        "E0002",
        "a key twice",
        "A map has one key twice, so one of the two values would be lost. Keep one of them.",
    ),
    ("E0003", "a tab", "YAML allows no tabs in the indentation. Use spaces."),
    (
        "E0101",
        "unknown field",
        "The field does not exist at this place. `convoq schema` prints all fields; most often it is a slip, and the nearest name is shown.",
    ),
    (
        "E0102",
        "wrong kind of value",
        "A list stands where a map is expected, a number where a text is expected, and the like.",
    ),
    ("E0103", "missing field", "A field without a default is not given."),
    ("E0104", "unknown word", "The field takes one of a few words, and this is none of them."),
    (
        "E0105",
        "fields that do not go together",
        "One of several fields has to be given, and only one; or a field has no meaning without another.",
    ),
    (
        "E0106",
        "unknown version",
        "`convoq: 1` is the version of the format that this program reads.",
    ),
    (
        "E0201",
        "not a length of time",
        "Lengths of time have a unit: `90s`, `4m30s`, `1.5h`, `350ms`, `2d`. A bare number could be seconds or minutes.",
    ),
    ("E0202", "not a probability", "Shares and probabilities are `35%` or a number from 0 to 1."),
    ("E0203", "not a factor", "Factors are numbers from 0 on or percentages: `1.5`, `150%`."),
    (
        "E0204",
        "not an amount of money",
        "Amounts have a currency, `12.50 EUR`; wages are per hour, `14 EUR/h`.",
    ),
    (
        "E0205",
        "not a time",
        "Times of day are `08:00`, parts of a day `08:00-22:00`, days `mon-fri` or `2026-03-04`, moments `wed 13:00`, `day 2 13:00` or `2026-03-04 13:00`.",
    ),
    (
        "E0206",
        "two currencies",
        "All amounts of a scenario have one currency, because they are added up.",
    ),
    ("E0207", "not a rate", "Rates of requests are `50/s`, `600/min` or `1000/h`."),
    ("E0208", "not a number of months", "Write `24 months` or `2 years`."),
    (
        "E0210",
        "shares that do not sum to 1",
        "The shares of a mix, of a profile or of a mixture of laws sum to 1, within a thousandth. The sum is shown.",
    ),
    ("E0211", "a number out of range", "The number is negative, zero or too large for the field."),
    (
        "E0301",
        "unknown name",
        "A segment, channel, intent, tier, language, team, queue or source is named that the scenario does not have.",
    ),
    (
        "E0302",
        "a name twice",
        "Names identify sources, queues and shifts in the random draws, so each is used once.",
    ),
    (
        "E0303",
        "a queue that nobody serves",
        "Contacts of the queue would wait for ever: no team has its channel, or no agent ever has its skill.",
    ),
    (
        "E0304",
        "a team without agents",
        "A team has neither `agents` nor a shift with agents on a day of the run.",
    ),
    (
        "E0305",
        "a shift that cannot be worked",
        "A shift ends after it starts; one whose end is earlier on the clock ends on the next day. Breaks lie within their shift, not at one time, and with the planned shrinkage, a share of the whole shift, they leave some of it for the queue.",
    ),
    (
        "E0306",
        "a wrong slow-down",
        "`slowdown` is the total speed R(k) of an agent with k contacts, relative to one: as many values as `max`, the first 1, all above 0, none above k. Or a formula: `power`, `amdahl`, `turns`, `handle_time`.",
    ),
    (
        "E0307",
        "maxima without a common multiple",
        "An agent's attention is divided into units, the least common multiple of the `max` of the channels; it may be at most 5,040.",
    ),
    (
        "E0308",
        "a wrong maximum",
        "`max` is the number of contacts that an agent can have at once, from 1 on.",
    ),
    (
        "E0309",
        "too many",
        "More entries than the simulator has numbers for, or more contacts than a run (1,000,000,000) or one interval or burst (100,000,000) can hold.",
    ),
    ("E0401", "unknown time zone", "Zones have IANA names, as `Europe/Bucharest` or `UTC`."),
    (
        "E0402",
        "a time that does not exist",
        "When clocks go forward, the local times in between do not exist on that day. Times that come twice, when clocks go back, mean the first.",
    ),
    (
        "E0403",
        "outside the run",
        "The moment or date is not between the first day and the end of the run.",
    ),
    (
        "E0404",
        "a wrong length",
        "The interval divides a day; the warm-up is shorter than the run; the operation is open at some time.",
    ),
    (
        "E0501",
        "a wrong parameter of a law",
        "A lognormal sigma is from 0 to 5, a coefficient of variation from 0.0001 to 10, a Weibull shape from 0.01 to 1000, a mean is positive, `from` is not above `to`.",
    ),
    (
        "E0502",
        "not one law",
        "A law has one name and its own parameters: `{lognormal: {mean: 4m, cv: 0.9}}`. A bare length of time is a constant.",
    ),
    (
        "E0601",
        "no demand",
        "Nobody comes in the days of the run: all volumes are zero, or the times of the file lie elsewhere.",
    ),
    (
        "E0602",
        "a profile that does not fill a day",
        "The shares of a profile cover 24 hours: their number times `interval`.",
    ),
    (
        "E0603",
        "a file that cannot be read",
        "Paths of CSV files count from the folder of the scenario.",
    ),
    (
        "E0604",
        "a wrong CSV file",
        "A column is missing, or a cell is not what the column should have; the line of the file is shown.",
    ),
    (
        "E0701",
        "not a target",
        "A target is `METRIC(queue=chat, within=20s).p90 >= VALUE` or `probability(TARGET) >= 95%`.",
    ),
    ("E0801", "unknown variant", "The scenario has no variant of this name."),
    (
        "E0802",
        "a path that leads nowhere",
        "`--set` and `set` name a field of the scenario: `teams.chat.shifts[0].agents`. Optional fields may be added; teams, intents and so on may not be made up by one of their fields.",
    ),
    (
        "E0803",
        "a value that does not fit",
        "Relative changes `+1`, `-2m`, `*1.1`, `+20%` need a number to change. `+20%` is a fifth more than there is; on a share or a factor it could also mean points, so write `+20 points` or `*1.2` there. A change of a whole number that rounds to the number that is there is refused.",
    ),
    (
        "E1201",
        "a column that is not there",
        "A mapping names a column that the table does not have, or the table cannot be read. The columns that it has are shown; `convoq import probe FILE` prints them with what is in them.",
    ),
    (
        "E1202",
        "moments that can be read in several ways",
        "Day and month, or the format of dates, are decided by all cells of a column, never by one. Where they leave it open, or contradict each other, say the `layout` in the mapping.",
    ),
    (
        "E1203",
        "moments without a time zone",
        "The table's moments say no offset, and neither the mapping nor `--zone` says where its clock stood. Hours of clock changes cannot be told without.",
    ),
    (
        "E1204",
        "a number without a unit",
        "A length of time is a number, and nobody said whether of seconds or minutes; or a comma could stand before decimals or group thousands. Say `unit`, or `decimal`, in the mapping.",
    ),
    (
        "W0201",
        "more work than people can do",
        "The work that comes to people on a day is more than all agents on duty can do at full concurrency. Queues grow until customers leave. The judgement is rough: it leaves out returns and counts the bot's turns only roughly.",
    ),
    ("W0301", "no people", "No team is described. Whoever needs a person waits without end."),
    (
        "W0302",
        "many contacts without a slow-down",
        "Five or more contacts at once and no `slowdown` means that each runs as fast as one alone, which nobody can do.",
    ),
    (
        "W0303",
        "customers without patience",
        "On live channels customers leave when they wait too long; without `patience` they wait for ever and queues can grow without limit.",
    ),
    (
        "W0401",
        "a zone without summer time",
        "Names as `EST` stand for one distance from UTC all year. `America/New_York` follows the clocks of the place.",
    ),
    (
        "W0601",
        "times of a file on which clocks change",
        "Local times of a file that do not exist on that day are read as what clocks show instead. Times that come twice are the first, until the times of the file go back. Times with an offset are never in doubt.",
    ),
    (
        "W0602",
        "rows outside the run",
        "Rows of recorded times before or after the run bring nobody. Every other row is a contact that begins, so a log with several events of a contact needs `rows`.",
    ),
    (
        "W0603",
        "a number with a thousands look",
        "`1.200` is 1.2 in a scenario file, and twelve hundred to half of its readers. Write `1200` or `1.2`.",
    ),
    (
        "W0801",
        "a change that is rounded",
        "A relative change of a whole number is rounded to the nearest one, halves to the even one: 10 % more than 8 agents are 8.8, so 9.",
    ),
    (
        "W0701",
        "a target that is never measured",
        "No source of demand reaches what the target names.",
    ),
];
