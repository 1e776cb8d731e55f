//! What the authorizer is asked, if there is one.

use super::Engine;
use crate::error::{ErrorKind, Result, SkepError};
use crate::session::authorizer::{AccessDenied, AccessRequest, PrivilegeObject};

impl Engine {
    /// Asks whether a user may do something.
    ///
    /// # Errors
    /// The user may not.
    pub(crate) fn authorize(&self, request: &AccessRequest<'_>) -> Result<()> {
        match self.authorizer() {
            Some(authorizer) => authorizer.check(request).map_err(|denied| refused(request, &denied)),
            None => Ok(()),
        }
    }

    /// Those of a list that a user may see, in its order. The authorizer is asked once for all of them; `object` says what
    /// each is.
    ///
    /// # Errors
    /// The user may not see any list of this kind; the authorizer has not answered for each object.
    pub(crate) fn visible<T>(
        &self,
        user: &str,
        operation: &'static str,
        items: Vec<T>,
        object: impl Fn(&T) -> PrivilegeObject,
    ) -> Result<Vec<T>> {
        let Some(authorizer) = self.authorizer().filter(|_| !items.is_empty()) else { return Ok(items) };
        let inputs = items.iter().map(object).collect();
        let request = AccessRequest { user, operation, inputs, outputs: Vec::new() };
        let answers = authorizer.visible(&request).map_err(|denied| refused(&request, &denied))?;
        if answers.len() != items.len() {
            let text = format!("the authorizer gave {} answers about {} objects", answers.len(), items.len());
            return Err(SkepError::new(ErrorKind::AccessControl, text));
        }
        Ok(items.into_iter().zip(answers).filter_map(|(item, shown)| shown.then_some(item)).collect())
    }
}

fn refused(request: &AccessRequest<'_>, denied: &AccessDenied) -> SkepError {
    let message = denied.message(request);
    tracing::warn!(user = request.user, operation = request.operation, message, "access is denied");
    SkepError::new(ErrorKind::AccessControl, message)
}
