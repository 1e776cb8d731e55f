//! Conditions on partitions as clients send them: as text in the metastore's own language ([`text`]), and as the bytes of a
//! Java object ([`plan`]). Both become an [`Expr`], which is evaluated over the values of partitions ([`evaluate`]); what of it
//! a store can look up itself is taken out as a [`crate::model::PartitionFilter`] first ([`lookup`]).

mod datum;
mod evaluate;
mod kryo;
mod layout;
mod lookup;
mod plan;
pub(crate) mod regex;
pub(crate) mod text;

pub(crate) use datum::{Datum, read_value};
pub(crate) use evaluate::{Verdict, verdict};
pub(crate) use lookup::lookup;
pub(crate) use plan::read as read_plan;

use crate::model::{CompareOp, HiveType};

/// A condition or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    /// The partition column at this place.
    Column(usize),
    /// A constant.
    Constant(Datum),
    /// A function of others.
    Call(Function, Vec<Expr>),
    /// Something that cannot be evaluated here.
    Unknown,
}

/// What is done with the arguments of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Function {
    /// `a = b` and its kin.
    Compare(CompareOp),
    /// `a <=> b`
    NullSafeEqual,
    /// All of them hold.
    And,
    /// One of them holds.
    Or,
    /// It does not hold.
    Not,
    /// The first is one of the others.
    In,
    /// `a BETWEEN b AND c`
    Between,
    /// `a IS NULL`
    IsNull,
    /// `a LIKE b`, with `%` and `_`.
    Like,
    /// The whole of a matches the regular expression b.
    Matches,
    /// Some of a matches the regular expression b (`RLIKE`).
    Finds,
    /// In another type.
    Cast(HiveType),
    /// `lower(a)`
    Lower,
    /// `upper(a)`
    Upper,
    /// `concat(a, b, …)`
    Concat,
    /// Several values as one.
    Struct,
}

#[cfg(test)]
mod tests;
