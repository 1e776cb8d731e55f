//! What scripts for beeline say that Hive's own command line does not know: flags, and commands behind `!`.

use clap::Args;

/// The driver that beeline takes where nobody names another: this client is what stands in its place.
const DRIVER: &str = "org.apache.hive.jdbc.HiveDriver";

/// Flags about things that are not there, or are as they ask for, whatever they say: nothing is coloured, the catalog is
/// not read when the shell begins, rows are printed as they come, tables are never cut, and each statement is a transaction.
const IGNORED: [&str; 11] = [
    "autoCommit",
    "autosave",
    "color",
    "headerInterval",
    "incremental",
    "incrementalBufferRows",
    "isolation",
    "maxColumnWidth",
    "maxWidth",
    "showNestedErrs",
    "showWarnings",
];

/// Flags of beeline's beside those of Hive's own command line.
#[derive(Debug, Args)]
pub struct BeelineFlags {
    /// Go on with the next statement where one has failed (as `hive.cli.errors.ignore`)
    #[arg(long = "force", value_name = "BOOLEAN", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub force: Option<bool>,
    /// Show the current database in the prompt (as `hive.cli.print.current.db`)
    #[arg(long = "showDbInPrompt", value_name = "BOOLEAN", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub show_database: Option<bool>,
    /// Tell how many rows there were and how long they took
    #[arg(long = "report", value_name = "BOOLEAN", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub report: Option<bool>,
    /// Print NULL as nothing
    #[arg(long = "nullemptystring", value_name = "BOOLEAN", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub null_is_empty: Option<bool>,
    /// Print line ends within values as \n and \r
    #[arg(long = "escapeCRLF", value_name = "BOOLEAN", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub escape_line_ends: Option<bool>,
    /// Values of the flags that change nothing ([`IGNORED`])
    #[arg(long = "fastConnect", aliases = IGNORED, hide = true)]
    pub ignored: Vec<String>,
}

impl BeelineFlags {
    /// The shell's own settings that the flags stand for.
    pub fn settings(&self) -> Vec<(String, String)> {
        let pairs = [("hive.cli.errors.ignore", self.force), ("hive.cli.print.current.db", self.show_database)];
        let told = |(key, value): (&str, Option<bool>)| Some((key.to_string(), value?.to_string()));
        pairs.into_iter().filter_map(told).collect()
    }
}

/// `-d` with `-u`: in beeline it names a driver's class, in Hive's command line a variable. The variables are given.
///
/// # Errors
/// It names a driver that is not Hive's.
pub fn variables_of(definitions: &[String]) -> Result<Vec<String>, String> {
    let drivers: Vec<&String> = definitions.iter().filter(|text| !text.contains('=') && text.contains('.')).collect();
    match drivers.iter().find(|class| class.as_str() != DRIVER) {
        Some(class) => Err(format!("-d {class}: only servers that {DRIVER} speaks to can be spoken to")),
        None => Ok(definitions.iter().filter(|text| !drivers.contains(text)).cloned().collect()),
    }
}

/// What stands behind `!` in a conversation with a server.
#[derive(Debug, PartialEq, Eq)]
pub enum Bang<'a> {
    /// `!quit`, `!exit`, `!q`
    Quit,
    /// `!run FILE`, `!script FILE`
    Script(&'a str),
    /// `!sh COMMAND`, or a command of the system as in Hive's own command line.
    System(&'a str),
    /// Another command of beeline's; what there is instead.
    Unknown(String),
}

/// Commands of beeline's that are not here, and what does the same.
const INSTEAD: [(&str, &str); 35] = [
    ("addlocaldriverjar", ""),
    ("addlocaldrivername", ""),
    ("all", ""),
    ("autocommit", ""),
    ("batch", ""),
    ("brief", "the flag -S"),
    ("call", ""),
    ("close", "quit"),
    ("closeall", "quit"),
    ("columns", "DESCRIBE"),
    ("commit", ""),
    ("connect", "another skep -u"),
    ("dbinfo", ""),
    ("delimiter", ""),
    ("describe", "DESCRIBE"),
    ("dropall", ""),
    ("exportedkeys", "DESCRIBE FORMATTED"),
    ("go", ""),
    ("help", "help"),
    ("importedkeys", "DESCRIBE FORMATTED"),
    ("indexes", ""),
    ("list", ""),
    ("metadata", ""),
    ("nativesql", ""),
    ("outputformat", "the flag --outputformat"),
    ("primarykeys", "DESCRIBE FORMATTED"),
    ("procedures", ""),
    ("properties", "another skep -u"),
    ("reconnect", "another skep -u"),
    ("record", ""),
    ("rollback", ""),
    ("scan", ""),
    ("set", "SET, or a flag"),
    ("sql", "the statement alone"),
    ("tables", "SHOW TABLES"),
];

/// Reads what stands behind `!`.
pub fn bang(line: &str) -> Bang<'_> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    match word.to_ascii_lowercase().as_str() {
        "quit" | "exit" | "q" => Bang::Quit,
        "run" | "script" => Bang::Script(rest.trim()),
        "sh" => Bang::System(rest.trim()),
        word => match INSTEAD.iter().find(|(name, _)| *name == word) {
            Some((_, "")) => Bang::Unknown(format!("!{word} of beeline is not supported")),
            Some((_, other)) => Bang::Unknown(format!("!{word} of beeline is not supported; there is {other}")),
            None => Bang::System(line),
        },
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::shell::args::Args;

    #[test]
    fn flags_of_scripts_for_beeline() {
        let words = "skep -u jdbc:hive2://h -n u -p -d org.apache.hive.jdbc.HiveDriver --silent=true --verbose=false --force \
                     --showHeader=false --outputformat=csv2 --showDbInPrompt=true --nullemptystring=true --report=false \
                     --escapeCRLF=true --color=true --incremental=true --maxWidth=200 --fastConnect=true --hivevar a=b \
                     --hiveconf k=v -f x";
        let args = Args::try_parse_from(words.split_whitespace()).unwrap();
        assert!(args.silent && !args.verbose);
        assert_eq!((args.show_header, args.password.as_deref()), (Some(false), Some("")));
        let flags = &args.beeline;
        assert_eq!((flags.null_is_empty, flags.report, flags.escape_line_ends), (Some(true), Some(false), Some(true)));
        let settings = flags.settings();
        assert_eq!(settings[0], ("hive.cli.errors.ignore".to_string(), "true".to_string()));
        assert_eq!(settings[1].0, "hive.cli.print.current.db");
        assert!(Args::try_parse_from(["skep", "--property-file=x"]).is_err());
        assert!(Args::try_parse_from(["skep", "--silent=maybe"]).is_err());
        let short = Args::try_parse_from(["skep", "-Sv", "-e", "select 1"]).unwrap();
        assert!(short.silent && short.verbose && short.execute == ["select 1"]);
    }

    #[test]
    fn a_driver_is_no_variable() {
        let texts = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
        assert_eq!(variables_of(&texts(&["a=b", DRIVER, "c"])).unwrap(), ["a=b", "c"]);
        assert!(variables_of(&texts(&["com.other.Driver"])).unwrap_err().contains("com.other.Driver"));
    }

    #[test]
    fn commands_behind_an_exclamation_mark() {
        assert_eq!(bang("quit"), Bang::Quit);
        assert_eq!(bang(" Q;"), Bang::Quit);
        assert_eq!(bang("run a b.sql"), Bang::Script("a b.sql"));
        assert_eq!(bang("sh ls -l"), Bang::System("ls -l"));
        assert_eq!(bang("ls -l"), Bang::System("ls -l"));
        assert_eq!(bang("tables"), Bang::Unknown("!tables of beeline is not supported; there is SHOW TABLES".into()));
        assert_eq!(bang("commit"), Bang::Unknown("!commit of beeline is not supported".into()));
    }
}
