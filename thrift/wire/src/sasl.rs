//! SASL as Thrift's transport does it (`TSaslTransport`): a negotiation in messages of a status byte, a length and a
//! payload; PLAIN is the one mechanism that is known here.

use crate::ReadError;

/// The name of the mechanism.
pub(crate) const PLAIN: &[u8] = b"PLAIN";
/// A message of a negotiation is not longer.
const MAX_PAYLOAD: usize = 64 << 10;

/// What a message of a negotiation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The client names the mechanism.
    Start,
    /// It goes on.
    Ok,
    /// The mechanism is not known.
    Bad,
    /// It has failed.
    Error,
    /// It has ended well.
    Complete,
}

/// A message of a negotiation.
pub(crate) fn message(status: Status, payload: &[u8]) -> Vec<u8> {
    let status = match status {
        Status::Start => 1,
        Status::Ok => 2,
        Status::Bad => 3,
        Status::Error => 4,
        Status::Complete => 5,
    };
    let mut out = vec![status];
    // Payloads are names, passwords and short texts.
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    out.extend_from_slice(payload);
    out
}

/// A message of a negotiation that has come.
pub(crate) struct Received<'a> {
    pub(crate) status: Status,
    pub(crate) payload: &'a [u8],
    /// How many bytes it takes.
    pub(crate) length: usize,
}

/// The message with which `bytes` begin; `None` if more must come.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<Received<'_>>, ReadError> {
    let Some((&status, rest)) = bytes.split_first() else { return Ok(None) };
    let status = match status {
        1 => Status::Start,
        2 => Status::Ok,
        3 => Status::Bad,
        4 => Status::Error,
        5 => Status::Complete,
        _ => return Err(ReadError::NoHeader("SASL")),
    };
    let Some((length, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
    let length = u32::from_be_bytes(*length) as usize;
    if length > MAX_PAYLOAD {
        return Err(ReadError::MessageTooLarge(MAX_PAYLOAD as u64));
    }
    Ok(rest.get(..length).map(|payload| Received { status, payload, length: 5 + length }))
}

/// What a PLAIN message says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Credentials<'a> {
    /// Another user, for whom the peer wants to act.
    pub(crate) acting: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
}

/// The name and the password of a PLAIN message: `authorization NUL name NUL password`. Who is to act (the first) may be
/// empty, or the same as the name, or not be there at all (`PlainSaslServer` of Hive).
pub(crate) fn plain_credentials(payload: &[u8]) -> Option<Credentials<'_>> {
    let parts: Vec<&str> = std::str::from_utf8(payload).ok()?.splitn(4, '\0').collect();
    let (acting, name, password) = match parts.as_slice() {
        [acting, name, password] => (*acting, *name, *password),
        [name, password] => ("", *name, *password),
        _ => return None,
    };
    let acting = Some(acting).filter(|acting| !acting.is_empty() && *acting != name);
    (!name.is_empty()).then_some(Credentials { acting, name, password })
}

/// A PLAIN message.
pub(crate) fn plain_message(name: &str, password: &str) -> Vec<u8> {
    ["", name, password].join("\0").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_plain_says() {
        let said = |text: &'static str| plain_credentials(text.as_bytes()).map(|c| (c.acting, c.name, c.password));
        assert_eq!(said("\0joe\0pw"), Some((None, "joe", "pw")));
        assert_eq!(said("joe\0joe\0pw"), Some((None, "joe", "pw")));
        assert_eq!(said("ann\0joe\0pw"), Some((Some("ann"), "joe", "pw")));
        assert_eq!(said("joe\0pw"), Some((None, "joe", "pw")));
        for wrong in ["", "joe", "\0\0pw", "ann\0joe\0pw\0", "\0joe\0pw\0more"] {
            assert_eq!(said(wrong), None, "{wrong:?}");
        }
        assert_eq!(plain_credentials(b"\0j\xff\0pw"), None);
    }
}
