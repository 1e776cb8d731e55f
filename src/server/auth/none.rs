//! `NONE`: users are who they say they are.

use skep_thrift::PasswordCheck;

/// Takes any password.
#[derive(Debug)]
pub struct Anyone;

impl PasswordCheck for Anyone {
    fn check(&self, _user: &str, _password: &str) -> bool {
        true
    }
}
