//! The resource plans of a store, in one namespace.

use super::{Validation, check_editable, check_pool, missing, new_plan, plain, refused, switch, taken, validate};
use crate::error::{MetastoreError, Result};
use crate::model::{DefinitionChange, PlanStatus, ResourcePlan};
use crate::store::MetaStore;
use crate::store::definitions::{self, Stored};

/// What of a plan is to be changed (`WMNullableResourcePlan`); none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanChange {
    /// Another name.
    pub name: Option<String>,
    /// Another number of queries, or none.
    pub parallelism: Option<Option<i32>>,
    /// Another pool for queries that no mapping speaks of, or none.
    pub default_pool: Option<Option<String>>,
    /// Another state; then nothing else can be changed.
    pub status: Option<PlanStatus>,
    /// May a disabled plan become the active one?
    pub activate_disabled: bool,
    /// May the active plan become another than the active one?
    pub deactivate: bool,
}

/// The resource plans of a namespace. Names of plans know no case.
#[derive(Debug, Clone)]
pub struct Plans<'s> {
    store: &'s dyn MetaStore,
    namespace: String,
}

impl<'s> Plans<'s> {
    /// The plans of a namespace in a store; [`ResourcePlan::NAMESPACE`] for clients that name none.
    pub fn new(store: &'s dyn MetaStore, namespace: Option<&str>) -> Self {
        Self { store, namespace: namespace.map_or_else(|| ResourcePlan::NAMESPACE.to_string(), plain) }
    }

    fn stored(&self, name: &str) -> Result<Option<Stored<ResourcePlan>>> {
        definitions::find(self.store, &ResourcePlan::key_of(&self.namespace, &plain(name)))
    }

    fn existing(&self, name: &str) -> Result<Stored<ResourcePlan>> {
        let missing = || missing(format!("There is no resource plan named: {} in {}", plain(name), self.namespace));
        self.stored(name)?.map_or_else(missing, Ok)
    }

    fn stored_active(&self) -> Result<Option<Stored<ResourcePlan>>> {
        let all = definitions::all::<ResourcePlan>(self.store)?;
        let active = |plan: &ResourcePlan| plan.status == PlanStatus::Active && plan.namespace == self.namespace;
        Ok(all.into_iter().find(|plan| active(&plan.value)))
    }

    /// All plans, in order of their names.
    ///
    /// # Errors
    /// Those of the store.
    pub fn all(&self) -> Result<Vec<ResourcePlan>> {
        let all = definitions::all::<ResourcePlan>(self.store)?.into_iter().map(|plan| plan.value);
        Ok(all.filter(|plan| plan.namespace == self.namespace).collect())
    }

    /// The plan of a name, if it is there.
    ///
    /// # Errors
    /// Those of the store.
    pub fn find(&self, name: &str) -> Result<Option<ResourcePlan>> {
        Ok(self.stored(name)?.map(|plan| plan.value))
    }

    /// The plan of a name.
    ///
    /// # Errors
    /// [`MetastoreError::NoSuchObject`]
    pub fn get(&self, name: &str) -> Result<ResourcePlan> {
        Ok(self.existing(name)?.value)
    }

    /// The plan in force, if there is one.
    ///
    /// # Errors
    /// Those of the store.
    pub fn active(&self) -> Result<Option<ResourcePlan>> {
        Ok(self.stored_active()?.map(|plan| plan.value))
    }

    /// Adds a plan, with what another has in it if one is named.
    ///
    /// # Errors
    /// [`MetastoreError::AlreadyExists`]; [`MetastoreError::NoSuchObject`] where the other is not there; as
    /// [`new_plan`].
    pub fn create(&self, name: &str, parallelism: Option<i32>, copy_from: Option<&str>) -> Result<()> {
        let name = plain(name);
        let mut new = new_plan(&self.namespace, &name, parallelism)?;
        if let Some(source) = copy_from {
            let Some(source) = self.find(source)? else { return missing(format!("{source} in {}", self.namespace)) };
            new = ResourcePlan { name: name.clone(), status: PlanStatus::Disabled, ..source };
        }
        if self.find(&name)?.is_some() {
            return taken("Resource plan already exists: ");
        }
        self.store.change_definitions(&[definitions::created(&new)?])
    }

    /// Changes the properties of a plan (none: the active one), or its state. A plan that becomes active is returned;
    /// the one that was so far stays enabled.
    ///
    /// # Errors
    /// [`MetastoreError::NoSuchObject`] also for a pool; [`MetastoreError::AlreadyExists`] for a name that is taken;
    /// [`MetastoreError::InvalidOperation`] where the plan cannot be changed so.
    pub fn alter(&self, name: Option<&str>, change: &PlanChange) -> Result<Option<ResourcePlan>> {
        let old = match name {
            Some(name) => self.existing(name)?,
            None => match self.stored_active()? {
                Some(old) => old,
                None => return missing("There is no active resource plan"),
            },
        };
        let mut new = old.value.clone();
        let renamed = change.name.as_deref().map(plain).filter(|name| *name != new.name);
        if change.parallelism.is_some() || change.default_pool.is_some() || renamed.is_some() {
            if change.status.is_some() {
                return refused("Cannot change values during status switch.");
            }
            check_editable(&new)?;
        }
        if let Some(name) = renamed {
            if name.is_empty() {
                return refused("Cannot rename to empty value.");
            }
            if self.find(&name)?.is_some() {
                return taken("Resource plan name should be unique: ");
            }
            new.name = name;
        }
        if let Some(parallelism) = change.parallelism {
            if parallelism.is_some_and(|number| number <= 0) {
                return refused("queryParallelism should be positive.");
            }
            new.parallelism = parallelism;
        }
        if let Some(path) = &change.default_pool {
            let path = path.as_deref().map(plain);
            path.iter().try_for_each(|path| check_pool(&new, path))?;
            new.default_pool = path;
        }
        let mut steps: Vec<DefinitionChange> = Vec::new();
        let mut activated = None;
        if let Some(to) = change.status {
            let Some(switched) = switch(&new, to, change.activate_disabled, change.deactivate)? else {
                return Ok(None);
            };
            if to == PlanStatus::Active {
                if let Some(before) = self.stored_active()? {
                    let rested = ResourcePlan { status: PlanStatus::Enabled, ..before.value.clone() };
                    steps.extend(definitions::replaced(&before, &rested)?);
                }
                activated = Some(switched.clone());
            }
            new = switched;
        }
        steps.extend(definitions::replaced(&old, &new)?);
        self.store.change_definitions(&steps)?;
        Ok(activated)
    }

    /// `source` takes the name and the state of `target` (none: of the active plan), which stays as `<name>_old_<n>`,
    /// disabled. The plan is returned if it is the active one now.
    ///
    /// # Errors
    /// [`MetastoreError::NoSuchObject`]; [`MetastoreError::InvalidOperation`] where both are the same, or no plan is
    /// active.
    pub fn replace(&self, source: &str, target: Option<&str>) -> Result<Option<ResourcePlan>> {
        let old = match target {
            Some(target) => self.existing(target)?,
            None => match self.stored_active()? {
                Some(old) => old,
                None => return refused("There is no active resource plan to be replaced"),
            },
        };
        let new = self.existing(source)?;
        if new.value.name == old.value.name {
            return refused("A plan cannot replace itself");
        }
        let names: Vec<String> = self.all()?.into_iter().map(|plan| plan.name).collect();
        let free = (0..).map(|number| format!("{}_old_{number}", old.value.name)).find(|name| !names.contains(name));
        let kept = ResourcePlan { name: free.unwrap_or_default(), status: PlanStatus::Disabled, ..old.value.clone() };
        let taking = ResourcePlan { name: old.value.name.clone(), status: old.value.status, ..new.value.clone() };
        let mut steps = vec![definitions::removed(&new)];
        steps.extend(definitions::replaced(&old, &taking)?);
        steps.push(definitions::created(&kept)?);
        self.store.change_definitions(&steps)?;
        Ok((taking.status == PlanStatus::Active).then_some(taking))
    }

    /// What is wrong with a plan.
    ///
    /// # Errors
    /// [`MetastoreError::NoSuchObject`]
    pub fn validate(&self, name: &str) -> Result<Validation> {
        match self.find(name)? {
            Some(plan) => Ok(validate(&plan)),
            None => missing(format!("Cannot find resourcePlan: {} in {}", plain(name), self.namespace)),
        }
    }

    /// Removes a plan.
    ///
    /// # Errors
    /// [`MetastoreError::NoSuchObject`]; [`MetastoreError::Meta`] for the active one.
    pub fn drop(&self, name: &str) -> Result<()> {
        let old = self.existing(name)?;
        if old.value.status == PlanStatus::Active {
            return Err(MetastoreError::Meta("Cannot drop an active resource plan".to_string()));
        }
        self.store.change_definitions(&[definitions::removed(&old)])
    }

    /// Changes what is in a plan.
    ///
    /// # Errors
    /// [`MetastoreError::NoSuchObject`]; [`MetastoreError::InvalidOperation`] where it is not disabled; those of the
    /// change.
    pub fn edit(&self, name: &str, change: impl FnOnce(&mut ResourcePlan) -> Result<()>) -> Result<()> {
        let old = self.existing(name)?;
        check_editable(&old.value)?;
        let mut new = old.value.clone();
        change(&mut new)?;
        self.store.change_definitions(&definitions::replaced(&old, &new)?)
    }
}
