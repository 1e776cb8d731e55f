//! Functions about the session and about values as such.

mod deserialize;
mod internal;
mod unsupported;

pub(crate) use unsupported::reason as unsupported_reason;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;

use crate::error::{Result, UdfError};
use crate::registry::FunctionEntry;
use crate::scalar::check::{args_size, overload, type_name};
use crate::scalar::kernel::{slices, strings};
use crate::scalar::{Call, Scalar};

/// Every function of this family.
pub fn functions() -> Vec<FunctionEntry> {
    [session(), internal::functions(), deserialize::functions(), unsupported::functions()]
        .into_iter()
        .flatten()
        .collect()
}

fn session() -> Vec<FunctionEntry> {
    vec![
        Scalar::new(
            "uuid",
            |_, types| overload("UDFUUID", types, &[&[]]),
            |_| Ok(DataType::Utf8),
            |call| {
                strings(call.rows(), |_, out| {
                    out.push_str(&uuid::Uuid::new_v4().to_string());
                    Some(())
                })
            },
        )
        .volatile()
        .entry(
            "_FUNC_() - Returns a universally unique identifier (UUID) string.",
            "The value is returned as a canonical UUID 36-character string.\nExample:\n  > SELECT _FUNC_();\n  \
             '0baf1f52-53df-487f-8292-99a03716b688'\n  > SELECT _FUNC_();\n  '36718a53-84f5-45d6-8796-4f79983ad49d'",
        ),
        Scalar::new("version", |_, types| overload("UDFVersion", types, &[&[]]), |_| Ok(DataType::Utf8), version)
            .aliases(&["buildversion"])
            .entry("_FUNC_() - Returns the Hive build version string - includes base version and revision.", ""),
        Scalar::new(
            "logged_in_user",
            |name, types| args_size(name, types, 0, 0).map(|()| Vec::new()),
            |_| Ok(DataType::Utf8),
            user,
        )
        .stable()
        .aliases(&["current_user"])
        .entry("_FUNC_() - Returns logged in user name", ""),
        Scalar::new(
            "typeof",
            |name, types| args_size(name, types, 1, 1).map(|()| types.to_vec()),
            |_| Ok(DataType::Utf8),
            |call| {
                let name = type_name(&call.arg_type(0));
                slices(call.rows(), |_| Some(name.as_str()))
            },
        )
        .entry("_FUNC_(a) - Returns the type of the argument", ""),
        Scalar::new("reflect", jvm, |_| Ok(DataType::Utf8), nothing)
            .aliases(&["java_method"])
            .entry("_FUNC_(class,method[,arg1[,arg2..]]) calls method with reflection", ""),
        Scalar::new("reflect2", jvm, |_| Ok(DataType::Utf8), nothing)
            .entry("_FUNC_(arg0,method[,arg1[,arg2..]]) calls method of arg0 with reflection", ""),
    ]
}

fn version(call: &Call) -> Result<ArrayRef> {
    slices(call.rows(), |_| Some(concat!("4.0.0 skep-", env!("CARGO_PKG_VERSION"))))
}

/// The user that runs the process.
fn user(call: &Call) -> Result<ArrayRef> {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    let user = user.unwrap_or_else(|_| "anonymous".into());
    slices(call.rows(), |_| Some(user.as_str()))
}

fn jvm(name: &str, _: &[DataType]) -> Result<Vec<DataType>> {
    Err(UdfError::Unsupported(format!("{name} (there is no JVM to call methods of)")))
}

fn nothing(call: &Call) -> Result<ArrayRef> {
    Err(UdfError::Unsupported(call.name().to_string()))
}
