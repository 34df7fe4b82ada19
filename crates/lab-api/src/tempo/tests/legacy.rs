//! The search by tags, as older clients ask it.

use crate::tempo::tests::asking::get;

#[tokio::test]
async fn a_tag_is_a_part_of_a_text_or_a_whole_number() {
    for (tags, found) in [
        ("service.name%3Dproof", 1),
        ("service.name%3Dsvc", 1),
        ("service.name%3DPROOF", 0),
        ("service.name", 1),
        ("nothing", 0),
        ("name%3Dquery", 1),
        ("name%3D\"GET /proof\"", 1),
        ("name%3D.*", 0),
        ("rows%3D500", 1),
        ("rows%3D50", 0),
        ("status.code%3Derror", 1),
        ("root.service.name%3Dproof root.name%3DGET", 1),
        ("db.system%3Dsqlite name%3DGET", 1),
    ] {
        let answer = get(&format!("/api/search?tags={}", tags.replace('"', "%22"))).await;
        assert_eq!(answer["traces"].as_array().expect("traces").len(), found, "{tags}");
    }
}
