//! Notification events: what changed in the catalog, in the order of the changes.

use super::EpochSeconds;

/// A change of the catalog (`NotificationEvent` of the metastore API).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Number: one more than that of the event before, in the order in which the changes became visible.
    pub id: i64,
    /// When.
    pub time: EpochSeconds,
    /// What it is, e.g. `CREATE_TABLE` (`EventMessage.EventType`).
    pub kind: String,
    /// Catalog, in lower case.
    pub catalog: Option<String>,
    /// Database, in lower case.
    pub database: Option<String>,
    /// Table, in lower case.
    pub table: Option<String>,
    /// What changed, as JSON (`JSONMessageEncoder`).
    pub message: String,
}

impl Event {
    /// How [`Event::message`] is written (`NotificationEvent.messageFormat`).
    pub const FORMAT: &str = "json-0.2";
}

/// An event that is to be written: one that a client tells of (`fire_listener_event`), or the store itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// See [`Event::kind`].
    pub kind: String,
    /// See [`Event::catalog`].
    pub catalog: Option<String>,
    /// See [`Event::database`].
    pub database: Option<String>,
    /// See [`Event::table`].
    pub table: Option<String>,
    /// See [`Event::message`].
    pub message: String,
}

/// Which events are wanted (`NotificationEventRequest`); names in lower case, none for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only later ones than this.
    pub after: i64,
    /// Only up to this one.
    pub up_to: Option<i64>,
    /// At most so many.
    pub limit: Option<usize>,
    /// Only of this catalog.
    pub catalog: Option<String>,
    /// Only of this database.
    pub database: Option<String>,
    /// Only of these tables.
    pub tables: Vec<String>,
    /// Not of these kinds.
    pub skip_kinds: Vec<String>,
}
