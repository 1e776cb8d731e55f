//! Roles and privileges.

use crate::parser::ast::{AuthorizationStatement as Auth, Ident, Principal, Privilege, PrivilegeTarget, Statement};
use crate::parser::cursor::{Parsed, Parser};

/// The words of privileges.
const PRIVILEGES: &[&str] =
    &["ALL", "ALTER", "UPDATE", "CREATE", "DROP", "LOCK", "SELECT", "SHOW_DATABASE", "INSERT", "DELETE"];

impl Parser<'_> {
    /// A statement of this family, if one is next.
    pub(super) fn authorization(&mut self) -> Parsed<Option<Statement>> {
        let role_next = |p: &Self| p.word_at(1, "ROLE") && p.name_at(2);
        let found = match () {
            () if self.is("GRANT") => self.within("grant privileges", Self::grant)?,
            () if self.is("REVOKE") => self.within("revoke privileges", Self::revoke)?,
            () if self.is("CREATE") && role_next(self) => Auth::CreateRole(self.role_behind("create role")?),
            () if self.is("DROP") && role_next(self) => Auth::DropRole(self.role_behind("drop role")?),
            () if self.are(&["SET", "ROLE"]) => self.within("set role", |p| {
                p.expect_all(&["SET", "ROLE"])?;
                // ALL and NONE are no names elsewhere.
                if p.is_one_of(&["ALL", "NONE"]) { p.any_word() } else { p.ident() }.map(Auth::SetRole)
            })?,
            () if self.are(&["SHOW", "ROLE", "GRANT"]) => self.within("show role grants", |p| {
                p.expect_all(&["SHOW", "ROLE", "GRANT"])?;
                p.grantee().map(Auth::ShowRoleGrants)
            })?,
            () if self.are(&["SHOW", "ROLES"]) => {
                self.expect_all(&["SHOW", "ROLES"])?;
                Auth::ShowRoles
            }
            () if self.are(&["SHOW", "CURRENT", "ROLES"]) => {
                self.expect_all(&["SHOW", "CURRENT", "ROLES"])?;
                Auth::ShowCurrentRoles
            }
            () if self.are(&["SHOW", "PRINCIPALS"]) => self.within("show role principals", |p| {
                p.expect_all(&["SHOW", "PRINCIPALS"])?;
                p.ident().map(Auth::ShowPrincipals)
            })?,
            () if self.are(&["SHOW", "GRANT"]) => self.within("show grants", Self::show_grants)?,
            () => return Ok(None),
        };
        Ok(Some(Statement::Authorization(found)))
    }

    fn role_behind(&mut self, context: &'static str) -> Parsed<Ident> {
        self.within(context, |p| {
            p.advance();
            p.expect("ROLE")?;
            p.ident()
        })
    }

    /// `USER name`, `GROUP name`, `ROLE name`
    fn grantee(&mut self) -> Parsed<Principal> {
        self.within("user|group|role name", |p| match p.eat_one_of(&["USER", "ROLE", "GROUP"]) {
            // `USER USER` names the one who asks for it in Hive's tests; any word may be a name here.
            Some("USER") => Ok(Principal::User(p.any_word()?)),
            Some("GROUP") => Ok(Principal::Group(p.any_word()?)),
            Some(_) => Ok(Principal::Role(p.ident()?)),
            None => Err(p.unrecognized()),
        })
    }

    fn grant(&mut self) -> Parsed<Auth> {
        self.expect("GRANT")?;
        if self.roles_next() {
            self.eat("ROLE");
            let roles = self.separated(Self::ident)?;
            self.expect("TO")?;
            let principals = self.separated(Self::grantee)?;
            let admin_option = self.eat_all(&["WITH", "ADMIN", "OPTION"]);
            return Ok(Auth::GrantRoles { roles, principals, admin_option });
        }
        let privileges = self.privileges()?;
        let object = if self.eat("ON") { Some(self.privilege_target(false)?) } else { None };
        self.expect("TO")?;
        let principals = self.separated(Self::grantee)?;
        let grant_option = self.eat_all(&["WITH", "GRANT", "OPTION"]);
        Ok(Auth::Grant { privileges, object, principals, grant_option })
    }

    fn revoke(&mut self) -> Parsed<Auth> {
        self.expect("REVOKE")?;
        let admin_option_only = self.eat_all(&["ADMIN", "OPTION", "FOR"]);
        if admin_option_only || self.roles_next() {
            self.eat("ROLE");
            let roles = self.separated(Self::ident)?;
            self.expect("FROM")?;
            return Ok(Auth::RevokeRoles { roles, principals: self.separated(Self::grantee)?, admin_option_only });
        }
        let grant_option_only = self.eat_all(&["GRANT", "OPTION", "FOR"]);
        let privileges = self.privileges()?;
        let object = if self.eat("ON") { Some(self.privilege_target(false)?) } else { None };
        self.expect("FROM")?;
        Ok(Auth::Revoke { privileges, object, principals: self.separated(Self::grantee)?, grant_option_only })
    }

    /// Do roles come next, and not privileges? Both may be words like `lock`.
    fn roles_next(&self) -> bool {
        self.is("ROLE") || (self.name_at(0) && !self.is_one_of(PRIVILEGES) && !self.is("GRANT"))
    }

    fn privileges(&mut self) -> Parsed<Vec<Privilege>> {
        self.within("privilege type", |p| {
            p.separated(|p| {
                let Some(name) = p.eat_one_of(PRIVILEGES) else { return Err(p.unrecognized()) };
                let columns = if p.is_symbol("(") { p.names_in_brackets()? } else { Vec::new() };
                Ok(Privilege { name: name.to_string(), columns })
            })
        })
    }

    fn privilege_target(&mut self, with_columns: bool) -> Parsed<PrivilegeTarget> {
        if self.is_one_of(&["DATABASE", "SCHEMA"]) {
            self.advance();
            return Ok(PrivilegeTarget::Database(self.ident()?));
        }
        if let Some(path) = self.string_behind("URI")? {
            return Ok(PrivilegeTarget::Uri(path));
        }
        if self.is("SERVER") && self.name_at(1) {
            self.advance();
            return Ok(PrivilegeTarget::Server(self.ident()?));
        }
        self.eat("TABLE");
        let name = self.object_name()?;
        let columns = if with_columns && self.is_symbol("(") { self.names_in_brackets()? } else { Vec::new() };
        Ok(PrivilegeTarget::Table { name, columns, partition: self.optional_partition_spec()? })
    }

    fn show_grants(&mut self) -> Parsed<Auth> {
        self.expect_all(&["SHOW", "GRANT"])?;
        let principal = if self.is_one_of(&["USER", "ROLE", "GROUP"]) { Some(self.grantee()?) } else { None };
        let object = if !self.eat("ON") || self.eat("ALL") { None } else { Some(self.privilege_target(true)?) };
        Ok(Auth::ShowGrants { principal, object })
    }
}
