// What a Skep asks of another Skep's metastore beside Hive's methods. A server of Hive does not know these methods and says
// so (an application exception of type 1), by which a client tells the two apart.

// The call cannot be answered at all.
exception SkepException {
  1: string message,
}

service SkepMetastore {
  // What the server agrees on with its clients: a number that changes with the meaning of the calls.
  i32 skep_protocol(),
  // A call that changes nothing, as JSON; and its answer, as JSON, be it an error.
  binary skep_read(1: binary request),
  // The same for a call that changes something.
  binary skep_write(1: binary request),
}
