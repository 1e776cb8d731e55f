//! The command line: the flags of Hive's own CLI, and a few of beeline's.

use std::path::PathBuf;

use clap::Parser;

use super::beeline::BeelineFlags;
use super::render::OutputFormat;

/// What `skep` was asked to do.
#[derive(Debug, Parser)]
#[command(
    name = "skep",
    about = "HiveQL over files: Apache Hive's job in one binary",
    disable_version_flag = true,
    disable_help_flag = true,
    after_help = "Without -e or -f, statements are read from the terminal, or from standard input if that is a pipe.\n\
                  `skep migrate --help` tells how to move in from another metastore."
)]
pub struct Args {
    /// Run these statements and stop; may be given several times
    #[arg(short = 'e', value_name = "STATEMENTS", allow_hyphen_values = true)]
    pub execute: Vec<String>,
    /// Run the statements of a file and stop; `-` is standard input
    #[arg(short = 'f', value_name = "FILE", conflicts_with = "execute")]
    pub file: Option<String>,
    /// Run the statements of a file first
    #[arg(short = 'i', value_name = "FILE")]
    pub init: Vec<PathBuf>,
    /// Print results and errors only
    #[arg(short = 'S', long = "silent", value_name = "BOOLEAN", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_default_value = true, action = clap::ArgAction::Set)]
    pub silent: bool,
    /// Print each statement before it runs
    #[arg(short = 'v', long = "verbose", value_name = "BOOLEAN", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value_t = false, hide_default_value = true, action = clap::ArgAction::Set)]
    pub verbose: bool,
    /// Set a variable for ${name} and ${hivevar:name}
    #[arg(short = 'd', long = "define", value_name = "NAME=VALUE")]
    pub define: Vec<String>,
    /// Set a variable for ${name} and ${hivevar:name}
    #[arg(long = "hivevar", value_name = "NAME=VALUE")]
    pub hivevar: Vec<String>,
    /// Set a configuration key
    #[arg(long = "hiveconf", value_name = "KEY=VALUE")]
    pub hiveconf: Vec<String>,
    /// Start in this database
    #[arg(long = "database", value_name = "NAME")]
    pub database: Option<String>,
    /// Talk to a HiveServer2 (jdbc:hive2://host:10000/database) and not to the engine of this process
    #[arg(short = 'u', long = "url", value_name = "URL")]
    pub url: Option<String>,
    /// The name of the user for -u
    #[arg(short = 'n', long = "name", value_name = "USER", requires = "url")]
    pub name: Option<String>,
    /// The user's password for -u; without a value it is asked for
    #[arg(short = 'p', long = "password", value_name = "PASSWORD", requires = "url", num_args = 0..=1, default_missing_value = "")]
    pub password: Option<String>,
    /// A file whose first line is the user's password for -u
    #[arg(short = 'w', long = "password-file", value_name = "FILE", requires = "url", conflicts_with = "password")]
    pub password_file: Option<PathBuf>,
    /// How results are printed: table, vertical, csv2, tsv2, dsv, json, jsonfile
    #[arg(long = "outputformat", value_name = "FORMAT")]
    pub output_format: Option<OutputFormat>,
    /// The field separator of --outputformat dsv
    #[arg(long = "delimiterForDSV", value_name = "CHARACTER", default_value = "|")]
    pub dsv_delimiter: char,
    /// Print column names above results (as `set hive.cli.print.header=true`)
    #[arg(long = "showHeader", value_name = "BOOLEAN")]
    pub show_header: Option<bool>,
    /// Flags of beeline's
    #[command(flatten)]
    pub beeline: BeelineFlags,
    /// Print this help
    #[arg(short = 'H', long = "help", action = clap::ArgAction::Help)]
    pub help: Option<bool>,
    /// Print the version
    #[arg(short = 'V', long = "version")]
    pub version: bool,
}

/// Splits `name=value`; a name alone has the empty value, as in Hive.
pub fn name_and_value(text: &str) -> (&str, &str) {
    text.split_once('=').unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_flags_of_hive() {
        let args = Args::parse_from([
            "skep",
            "-S",
            "-d",
            "A=b",
            "--hivevar",
            "x=1",
            "--hiveconf",
            "a.b=c=d",
            "--database",
            "s",
            "-e",
            "-- c\nselect 1",
        ]);
        assert!(args.silent);
        assert_eq!(args.define, ["A=b"]);
        assert_eq!(name_and_value(&args.hiveconf[0]), ("a.b", "c=d"));
        assert_eq!(args.execute, ["-- c\nselect 1"]);
        assert!(Args::try_parse_from(["skep", "-e", "x", "-f", "y"]).is_err());
        assert!(Args::try_parse_from(["skep", "--outputformat", "nonsense"]).is_err());
    }
}
