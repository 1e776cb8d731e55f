//! Conditions on partitions as clients send them: as text in the metastore's own language, and as the bytes of a Java
//! object.

mod kryo;
mod layout;
