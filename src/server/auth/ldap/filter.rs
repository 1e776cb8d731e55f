//! Which of a directory's users may come (`UserSearchFilterFactory`, `UserFilterFactory`, `GroupFilterFactory`,
//! `CustomQueryFilterFactory` of Hive).

use super::search::Search;
use super::{Refused, Settings, names};

/// A condition.
#[derive(Debug, PartialEq, Eq)]
pub enum Filter {
    /// The user is among the entries that a query gives, or among their members.
    Custom(String),
    /// The directory has the user.
    Known,
    /// The user is one of these.
    Users(Vec<String>),
    /// The user is in one of these groups, as the groups' entries say.
    Groups(Vec<String>),
    /// The user is in one of these groups, as this attribute of the user's entry says.
    Member {
        /// The groups.
        groups: Vec<String>,
        /// The attribute.
        attribute: String,
    },
}

impl Filter {
    /// The filters that the keys ask for; all of them must let a user pass. A query of the administrator's own stands
    /// for all others.
    pub fn of(settings: &Settings) -> Vec<Filter> {
        if let Some(query) = &settings.custom_query {
            return vec![Filter::Custom(query.clone())];
        }
        let mut filters = Vec::new();
        if !settings.users.is_empty() || !settings.groups.is_empty() {
            filters.push(Filter::Known);
        }
        if !settings.users.is_empty() {
            filters.push(Filter::Users(settings.users.clone()));
        }
        if !settings.groups.is_empty() {
            let groups = settings.groups.clone();
            filters.push(match settings.user_membership.clone() {
                Some(attribute) => Filter::Member { groups, attribute },
                None => Filter::Groups(groups),
            });
        }
        filters
    }

    /// Lets the user pass, or not.
    ///
    /// # Errors
    /// The user may not come.
    pub async fn apply(&self, search: &mut Search, user: &str) -> Result<(), Refused> {
        let same = |name: &str, other: &str| name.to_lowercase() == other.to_lowercase();
        let passes = match self {
            Filter::Custom(query) => {
                let found = search.custom(query).await;
                if !found.iter().any(|entry| same(names::value_of(entry), user) || same(entry, user)) {
                    return Err(Refused::Filter("LDAP query from property returned no data".into()));
                }
                true
            }
            Filter::Known => {
                search.user(user).await.ok_or(Refused::NotFound)?;
                true
            }
            Filter::Users(users) => users.iter().any(|name| same(name, names::user_name(user))),
            Filter::Groups(groups) => {
                let entry = search.user(user).await.ok_or(Refused::NotFound)?;
                let of_user = search.groups(&entry).await;
                of_user.iter().any(|group| groups.iter().any(|name| same(name, names::value_of(group))))
            }
            Filter::Member { groups, attribute } => return member(search, user, groups, attribute).await,
        };
        if passes { Ok(()) } else { Err(Refused::Filter("User not a member of specified list".into())) }
    }
}

async fn member(search: &mut Search, user: &str, groups: &[String], attribute: &str) -> Result<(), Refused> {
    let mut known = false;
    for group in groups {
        let Some(entry) = search.group(group).await else {
            tracing::warn!(group, "the directory does not have the group");
            continue;
        };
        known = true;
        if search.is_member(user, &entry, attribute).await {
            return Ok(());
        }
    }
    if known {
        return Err(Refused::Filter(format!("User '{user}' is not a member of listed groups")));
    }
    Err(Refused::Filter("No DN(s) has been found for any of specified group(s)".into()))
}
