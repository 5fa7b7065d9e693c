//! The tab machine in a browser that is made up.

mod behaviour;
mod codec;
mod simulation;
mod world;

use world::{Got, Ids, World};

#[test]
fn however_much_is_relayed_while_a_tab_catches_up_it_needs_no_gap() {
    let mut world = World::new(Ids::All, true);
    world.join();
    let back = world.join();
    world.run();
    world.publish();
    world.run();
    world.leave(back);
    // More than the others remember.
    (0..3_000).for_each(|_| world.publish());
    world.run();
    world.come_back(back);
    world.hear(0, back);
    world.hear(back, 0);
    assert_eq!(world.connections(), [0, back], "it catches up");
    for _ in 0..3_000 {
        world.publish();
        world.serve(0);
        world.hear(back, 0);
    }
    world.run();
    let all: Vec<_> = (0..6_001).map(Got::Event).collect();
    assert_eq!(world.tabs[back].got, all);
    assert_eq!(world.connections(), [0]);
}
