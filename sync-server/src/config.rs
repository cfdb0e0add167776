//! The command line: every flag is also an environment variable, and `--help` shows examples.
//!
//! Only shapes and defaults live here; what a command does is in [`crate::cli`].

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use fieldcard_schema::rules::code::Code;

use crate::accounts::Role;

const EXAMPLES: &str = "Examples:
  fieldcard-server init --org-name 产品服务部 --url https://10.1.2.3:8443 --admin wang
  fieldcard-server serve
  fieldcard-server user add li --name 李师傅 --role technician
  fieldcard-server device code li
  fieldcard-server device confirm 123456
  fieldcard-server backup /mnt/usb/fieldcard
  fieldcard-server doctor

Every flag can be set in the environment, as its help says.";

/// The server of Fieldcard, an offline-first app for field technicians.
#[derive(Debug, Parser)]
#[command(name = "fieldcard-server", version, after_help = EXAMPLES)]
pub struct CommandLine {
    /// The data folder: store, blobs and keys of one organisation.
    #[arg(long, env = "FIELDCARD_DATA", default_value = "fieldcard-data", global = true)]
    pub data: PathBuf,
    /// How much to log: error, warn, info or debug. Logs go to standard error and hold no personal data.
    #[arg(long, env = "FIELDCARD_LOG", default_value = "info", global = true)]
    pub log: tracing::Level,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a new data folder: keys, an empty store, the company, and its first administrator.
    Init(Init),
    /// Run the server until SIGTERM or SIGINT.
    Serve(Serve),
    /// People with accounts.
    #[command(subcommand)]
    User(User),
    /// Devices of technicians.
    #[command(subcommand)]
    Device(Device),
    /// Take in the department's own files (org, people, customers, machines, catalogues, jobs), or a phone's unsent work.
    Import(Import),
    /// Write every op as a line of JSON to standard output, then every blob's name.
    #[command(after_help = "Example:
  fieldcard-server export > everything.ndjson")]
    Export,
    /// Copy the store and every blob it names into a folder, and read the copy back.
    Backup(Backup),
    /// Make a data folder from a backup. Devices then send again what the backup lacks.
    Restore(Restore),
    /// Look for damage: one line a finding, exit code 1 if there is any.
    Doctor(Doctor),
}

/// Options of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldcard-server init --org-name 产品服务部 --url https://10.1.2.3:8443 --admin wang")]
pub struct Init {
    /// Name of the organisation, as people see it.
    #[arg(long, env = "FIELDCARD_ORG_NAME")]
    pub org_name: String,
    /// The address that devices call; its host goes into the certificate.
    #[arg(long, env = "FIELDCARD_URL", default_value = "https://localhost:8443")]
    pub url: String,
    /// Login of the first information administrator; the password is printed once.
    #[arg(long, env = "FIELDCARD_ADMIN")]
    pub admin: Option<String>,
    /// Zone of the office.
    #[arg(long, env = "FIELDCARD_ZONE", default_value = "Asia/Shanghai")]
    pub zone: String,
    /// Minutes of that zone east of UTC; the days of the office begin by it.
    #[arg(long, env = "FIELDCARD_OFFSET_MINUTES", default_value_t = 480, allow_negative_numbers = true)]
    pub offset_minutes: i32,
}

/// Options of `serve`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:
  fieldcard-server serve
  fieldcard-server serve --listen 0.0.0.0:443
  fieldcard-server serve --http --listen 127.0.0.1:8080
  fieldcard-server serve --http --behind-proxy --listen 10.0.0.5:8080")]
pub struct Serve {
    /// Where to listen.
    #[arg(long, env = "FIELDCARD_LISTEN", default_value = "0.0.0.0:8443")]
    pub listen: SocketAddr,
    /// No TLS: on loopback, or with --behind-proxy.
    #[arg(long, env = "FIELDCARD_HTTP")]
    pub http: bool,
    /// A proxy in front ends TLS and tells the caller's address in X-Forwarded-For.
    #[arg(long, env = "FIELDCARD_BEHIND_PROXY", requires = "http")]
    pub behind_proxy: bool,
    /// Where the backup of each night goes; `backups` in the data folder if not given.
    #[arg(long, env = "FIELDCARD_BACKUPS")]
    pub backups: Option<PathBuf>,
    /// Make no backup each night.
    #[arg(long, env = "FIELDCARD_NO_NIGHTLY_BACKUP")]
    pub no_nightly_backup: bool,
}

/// People with accounts.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Make an account. A console account gets a password, which is printed once.
    #[command(after_help = "Examples:
  fieldcard-server user add li --name 李师傅 --role technician
  fieldcard-server user add zhao --name 赵主管 --role supervisor --unit 华东大区/上海站
  fieldcard-server user add sun --name 孙 --role statistician --password-stdin < secret")]
    Add(UserAdd),
    /// Move a person to another part of the org tree, with the roles held where he was.
    #[command(after_help = "Example:
  fieldcard-server user move li --unit 华东大区/上海站")]
    Move {
        /// The login.
        login: String,
        /// Where to, as names with / between; made when missing.
        #[arg(long, env = "FIELDCARD_USER_UNIT")]
        unit: String,
    },
    /// Show all accounts.
    #[command(after_help = "Example:
  fieldcard-server user list")]
    List,
    /// End the sessions of an account and let it in no more. Its devices stay until revoked.
    #[command(after_help = "Example:
  fieldcard-server user disable li")]
    Disable {
        /// The login.
        login: String,
    },
    /// Set a new password and end all sessions.
    #[command(after_help = "Examples:
  fieldcard-server user passwd zhao
  fieldcard-server user passwd zhao --password-stdin < secret")]
    Passwd {
        /// The login.
        login: String,
        /// Read it from standard input instead of making one.
        #[arg(long, env = "FIELDCARD_PASSWORD_STDIN")]
        password_stdin: bool,
    },
}

/// Options of `user add`.
#[derive(Debug, Args)]
pub struct UserAdd {
    /// What the person types at log-in.
    pub login: String,
    /// The person's name.
    #[arg(long, env = "FIELDCARD_USER_NAME")]
    pub name: String,
    /// A role; may be given several times.
    #[arg(long = "role", env = "FIELDCARD_USER_ROLES", required = true, value_delimiter = ',', value_parser = role)]
    pub roles: Vec<Role>,
    /// Where in the org tree the person is and the roles hold, as names with / between; made when missing.
    #[arg(long, env = "FIELDCARD_USER_UNIT")]
    pub unit: Option<String>,
    /// Read the password from standard input instead of making one.
    #[arg(long, env = "FIELDCARD_PASSWORD_STDIN")]
    pub password_stdin: bool,
}

/// Devices of technicians.
#[derive(Debug, Subcommand)]
pub enum Device {
    /// Print a one-time code for a person's next device, to scan or to type; it holds ten minutes.
    #[command(after_help = "Example:
  fieldcard-server device code li")]
    Code {
        /// The person's login.
        login: String,
    },
    /// Print a one-time code that gives a device which lost its key another one; its unsent work stays.
    #[command(after_help = "Example:
  fieldcard-server device new-key 0192f0c4-7a1b-7c3d-8e4f-5a6b7c8d9e0f")]
    NewKey {
        /// The device's id.
        device: String,
    },
    /// Let a device in whose six digits the technician has read out.
    #[command(after_help = "Example:
  fieldcard-server device confirm 123456")]
    Confirm {
        /// The six digits on the device.
        digits: String,
    },
    /// Shut a device out. What it still sends is kept for the office to look at.
    #[command(after_help = "Example:
  fieldcard-server device revoke 0193a5c2-7d1e-7000-8000-3f2a91b7c604")]
    Revoke {
        /// The device's id.
        device: String,
    },
    /// Show all devices and what each still holds unsent.
    #[command(after_help = "Example:
  fieldcard-server device list")]
    List,
}

/// Options of `import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fieldcard-server import lists/ --check
  fieldcard-server import lists/
  fieldcard-server import parts.csv machines.xlsx
  fieldcard-server import --unsent fieldcard-unsent-秦永胜-20261123-1742.zip

The same file twice changes nothing the second time. A file never undoes what a person changed since.")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line, each by itself")]
pub struct Import {
    /// Files (.csv, .xlsx) or folders of them.
    #[arg(required = true)]
    pub from: Vec<PathBuf>,
    /// The files are unsent work (.zip) that phones exported: taken as if the phones had sent it.
    #[arg(long, env = "FIELDCARD_IMPORT_UNSENT", conflicts_with = "strict")]
    pub unsent: bool,
    /// With --unsent: also a file of a phone that had lost its key. Nothing proves whose it is; all of it is parked.
    #[arg(long, env = "FIELDCARD_IMPORT_UNSIGNED", requires = "unsent")]
    pub unsigned: bool,
    /// Say what is wrong and what would be read; write nothing.
    #[arg(long, env = "FIELDCARD_IMPORT_CHECK")]
    pub check: bool,
    /// Write nothing if any row is wrong.
    #[arg(long, env = "FIELDCARD_IMPORT_STRICT")]
    pub strict: bool,
    /// The language in which wrong rows and cells are told; without it, both.
    #[arg(long, env = "FIELDCARD_LANG", value_enum)]
    pub lang: Option<Language>,
}

/// A language of what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// 中文
    Zh,
    /// English
    En,
}

/// Options of `backup`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldcard-server backup /mnt/usb/fieldcard")]
pub struct Backup {
    /// The folder of the backups; each run adds one, and blobs are shared between them.
    #[arg(env = "FIELDCARD_BACKUPS")]
    pub to: PathBuf,
}

/// Options of `restore`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  fieldcard-server --data /srv/fieldcard restore /mnt/usb/fieldcard")]
pub struct Restore {
    /// The folder of the backups; the newest good one is taken.
    #[arg(env = "FIELDCARD_BACKUPS")]
    pub from: PathBuf,
    /// The highest position that anybody remembers, if it is known.
    #[arg(long, env = "FIELDCARD_WITNESS", default_value_t = 0)]
    pub witness: u64,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  fieldcard-server doctor
  fieldcard-server doctor --backups /mnt/usb/fieldcard")]
pub struct Doctor {
    /// Where the backups are; `backups` in the data folder if not given.
    #[arg(long, env = "FIELDCARD_BACKUPS")]
    pub backups: Option<PathBuf>,
}

fn role(code: &str) -> Result<Role, String> {
    let known = || Role::ALL.iter().map(|role| role.code()).collect::<Vec<_>>().join(", ");
    Role::from_code(code).ok_or_else(|| format!("the roles are {}", known()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }

    /// The commands that do something, each with its name.
    fn leaves<'c>(command: &'c clap::Command, name: &str, found: &mut Vec<(String, &'c clap::Command)>) {
        for one in command.get_subcommands().filter(|one| one.get_name() != "help") {
            let name = format!("{name} {}", one.get_name());
            if one.has_subcommands() {
                leaves(one, &name, found);
            } else {
                found.push((name, one));
            }
        }
    }

    #[test]
    fn every_command_shows_examples_that_it_takes() {
        let whole = CommandLine::command();
        let mut commands = Vec::new();
        leaves(&whole, "fieldcard-server", &mut commands);
        commands.push((String::new(), &whole));
        assert!(commands.len() > 14, "{}", commands.len());
        for (name, command) in commands {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> =
                help.lines().map(str::trim).filter(|line| line.starts_with("fieldcard-server ")).collect();
            assert!(!lines.is_empty(), "{name} shows no example");
            for line in lines {
                // What the shell takes away before a program sees it.
                let typed = line.split(['<', '>']).next().unwrap_or_default();
                CommandLine::try_parse_from(typed.split_whitespace())
                    .unwrap_or_else(|e| panic!("{line}: {e}"));
                let command = line.replace("--data /srv/fieldcard ", "");
                assert!(command.starts_with(&name), "{line} stands under {name}");
            }
        }
    }

    #[test]
    fn every_flag_is_also_an_environment_variable() {
        fn walk(command: &clap::Command, missing: &mut Vec<String>) {
            for argument in command.get_arguments() {
                let own = argument.get_long().is_some_and(|long| long != "help" && long != "version");
                if own && argument.get_env().is_none() {
                    missing.push(format!("{} --{}", command.get_name(), argument.get_id()));
                }
            }
            command.get_subcommands().for_each(|one| walk(one, missing));
        }
        let mut missing = Vec::new();
        walk(&CommandLine::command(), &mut missing);
        assert!(missing.is_empty(), "{missing:?}");
    }
}
