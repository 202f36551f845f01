//! How many file descriptors the process may have open. Elsewhere than on Unix there is no such limit.

/// The limit, once it is raised to what is wanted, as far as the system allows. None if there is none.
#[cfg(unix)]
pub(crate) fn raise_to(wanted: usize) -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let current = current?;
    let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
    let raised = maximum.map_or(wanted, |maximum| wanted.min(maximum));
    let is_raised = raised > current && setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum }).is_ok();
    usize::try_from(if is_raised { raised } else { current }).ok()
}

#[cfg(not(unix))]
pub(crate) fn raise_to(_: usize) -> Option<usize> {
    None
}
