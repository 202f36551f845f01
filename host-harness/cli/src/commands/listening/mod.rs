//! What commands that listen on a port have in common: who may call them, and the certificate that they show.

mod bearer;
mod certificate;

pub(crate) use bearer::bearer;
pub(crate) use certificate::CertificateFiles;
