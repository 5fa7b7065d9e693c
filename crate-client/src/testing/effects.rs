//! Natively Leptos has no executor of its own: what it spawns, such as effects, runs with the world of its thread.

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};

use crate::host;

struct InWorlds;

/// Unless the program has set one: it can be set once.
pub(super) fn run_in_worlds() {
    // An error says just that.
    let _ = Executor::init_custom_executor(InWorlds);
}

impl CustomExecutor for InWorlds {
    fn spawn(&self, task: PinnedFuture<()>) {
        self.spawn_local(task);
    }

    fn spawn_local(&self, task: PinnedLocalFuture<()>) {
        assert!(
            host::Host::is_live(),
            "Leptos has spawned a task on a thread without a World, and no executor was set before the first World"
        );
        host::spawn(task);
    }

    /// Whatever is done in a world runs its tasks.
    fn poll_local(&self) {}
}
