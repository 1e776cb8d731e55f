//! Methods of a service and the exceptions that they declare.

use crate::{Message, ReadError, Reader, Value, Writer};

/// All exceptions that the methods of a service declare: one enum a service.
pub trait Exception: std::error::Error + Sized + Send + 'static {
    /// The exception of general use that says `message`, where the service has one: what a method answers with that
    /// does not declare the exception which happened.
    fn general(message: String) -> Option<Self>;

    /// What the exception says.
    fn message(&self) -> &str;

    /// Writes the exception's struct.
    fn write_field(&self, id: i16, writer: &mut Writer);
}

/// A method of a service. Each is a type of its own, which a server's handler and a client's call name.
pub trait Method: 'static {
    /// Its name on the wire.
    const NAME: &'static str;
    /// Whether it is not answered.
    const ONEWAY: bool;
    /// The struct of its arguments.
    type Args: Message + Send;
    /// What it gives; `()` where it gives nothing.
    type Success: Value + std::fmt::Debug + Default + PartialEq + Send;
    /// What it may fail with.
    type Exception: Exception;

    /// The id of the field of the result in which the method declares this exception, if it declares it.
    fn exception_field(exception: &Self::Exception) -> Option<i16> {
        let _ = exception;
        None
    }

    /// Reads the exception that stands in field `id` of the result; `None` if the method declares none there, and then
    /// nothing has been read.
    fn read_exception(id: i16, reader: &mut Reader<'_>) -> Result<Option<Self::Exception>, ReadError> {
        let _ = (id, reader);
        Ok(None)
    }
}

/// Is shown the methods of a service, by the function `visit` beside them. `E` is the enum of the service's exceptions.
pub trait MethodVisitor<E> {
    /// Looks at method `M`.
    fn visit<M: Method<Exception = E>>(&mut self);
}
