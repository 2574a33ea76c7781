//! Events as columns, and back.

use crate::common::{events, load_shipped, shipped};
use convoq::log::{Decoder, Encoder};

#[test]
fn columns_give_the_same_events_for_every_shipped_scenario() {
    for name in shipped() {
        let scenario = load_shipped(&name, &[]);
        let whole = events(&scenario, 42, 0);
        let mut encoder = Encoder::new(&scenario.header);
        let mut decoder = Decoder::new(&scenario.header);
        let mut back = Vec::new();
        for block in whole.chunks(1000) {
            let batch = encoder.batch(0, block, &[]).unwrap();
            decoder
                .batch(&batch, &mut |replication, events, _| {
                    assert_eq!(replication, 0);
                    back.extend_from_slice(events);
                })
                .unwrap();
        }
        let differs = back.iter().zip(&whole).position(|(a, b)| a != b);
        if let Some(at) = differs {
            panic!("{name}: event {at} is {:?}, was {:?}", back[at], whole[at]);
        }
        assert_eq!(back.len(), whole.len(), "{name}");
    }
}
