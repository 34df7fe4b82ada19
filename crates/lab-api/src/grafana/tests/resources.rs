//! Dashboards as resources: in either schema, patched, listed in pages, with conflicts.

use super::kept::{ask_of, call};
use super::*;

const GROUP: &str = "/apis/dashboard.grafana.app";

fn path(version: &str) -> String {
    format!("{GROUP}/{version}/namespaces/default/dashboards")
}

#[tokio::test]
async fn a_dashboard_is_a_resource_with_conflicts() {
    let app = app();
    let path = path("v1beta1");
    assert_eq!(ask_of(&app, GROUP).await["kind"], "APIGroup");
    let mine = json!({ "metadata": { "name": "mine", "labels": { "team": "a" } }, "spec": { "title": "Mine" } });
    let (status, made) = call(&app, "POST", &path, mine.clone()).await;
    assert_eq!((status, &made["metadata"]["resourceVersion"]), (StatusCode::CREATED, &json!("1")), "{made}");
    assert_eq!(made["metadata"]["labels"]["team"], "a");
    assert_eq!(call(&app, "POST", &path, mine).await.0, StatusCode::CONFLICT);
    let change = |version: &str| {
        json!({ "metadata": { "name": "mine", "resourceVersion": version },
        "spec": { "title": "Changed", "panels": [] } })
    };
    let one = format!("{path}/mine");
    assert_eq!(call(&app, "PUT", &one, change("1")).await.1["metadata"]["generation"], 2);
    assert_eq!(call(&app, "PUT", &one, change("1")).await.0, StatusCode::CONFLICT);
    assert_eq!(ask_of(&app, &one).await["spec"]["title"], "Changed");
    let stale = json!({ "dashboard": { "uid": "mine", "title": "Old", "version": 1, "panels": [] } });
    let (status, answer) = call(&app, "POST", "/api/dashboards/db", stale).await;
    assert_eq!((status, &answer["status"]), (StatusCode::PRECONDITION_FAILED, &json!("version-mismatch")));
    let shipped = format!("{path}/stage4-async-rolling");
    assert_eq!(call(&app, "DELETE", &shipped, json!(null)).await.0, StatusCode::FORBIDDEN);
    assert_eq!(call(&app, "PUT", &shipped, json!({ "spec": { "title": "x" } })).await.0, StatusCode::FORBIDDEN);
    let uid = ask_of(&app, &one).await["metadata"]["uid"].clone();
    for (preconditions, wanted) in [
        (json!({ "resourceVersion": "1" }), "ResourceVersion in precondition: 1, ResourceVersion in object meta: 2"),
        (json!({ "uid": "x", "resourceVersion": "2" }), "UID in precondition: x, UID in object meta: "),
    ] {
        let (status, answer) = call(&app, "DELETE", &one, json!({ "preconditions": preconditions })).await;
        let said = answer["message"].as_str().unwrap_or_default();
        assert!(status == StatusCode::CONFLICT && said.contains(wanted), "{answer}");
    }
    let wrong = json!({ "preconditions": { "resourceVersion": 2 } });
    assert_eq!(call(&app, "DELETE", &one, wrong).await.0, StatusCode::BAD_REQUEST);
    let another = json!({ "metadata": { "name": "mine", "uid": "x" }, "spec": { "title": "x", "panels": [] } });
    assert_eq!(call(&app, "PUT", &one, another).await.0, StatusCode::CONFLICT);
    let trial = json!({ "preconditions": { "uid": uid, "resourceVersion": "2" }, "dryRun": ["All"] });
    assert_eq!(call(&app, "DELETE", &one, trial).await.1["details"]["uid"], uid);
    assert_eq!(call(&app, "DELETE", &one, json!(null)).await.1["details"]["name"], "mine");
    assert_eq!(ask_of(&app, &one).await["reason"], "NotFound");
}

#[tokio::test]
async fn a_resource_that_is_made_anew_is_another_one_and_a_version_that_is_gone_is_not_written() {
    // The clock stands still, so that all of it happens in the same millisecond.
    let app = app();
    let folders = "/apis/folder.grafana.app/v1beta1/namespaces/default/folders".to_owned();
    for (path, spec) in [(path("v1beta1"), json!({ "title": "T", "panels": [] })), (folders, json!({ "title": "T" }))] {
        let one = format!("{path}/mine");
        let new = json!({ "metadata": { "name": "mine" }, "spec": spec });
        let never = json!({ "metadata": { "name": "mine", "resourceVersion": "5" }, "spec": spec });
        let (status, answer) = call(&app, "PUT", &one, never).await;
        let said = answer["message"].as_str().unwrap_or_default();
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
        assert!(
            said.contains("there is no such object") && said.contains("leave out metadata.resourceVersion"),
            "{said}"
        );
        let first = call(&app, "POST", &path, new.clone()).await.1;
        let second = call(&app, "PUT", &one, first.clone()).await.1;
        assert_eq!(
            (&second["metadata"]["uid"], &second["metadata"]["generation"]),
            (&first["metadata"]["uid"], &json!(2))
        );
        assert_eq!(ask_of(&app, &one).await["metadata"]["uid"], first["metadata"]["uid"]);
        assert_eq!(call(&app, "DELETE", &one, json!(null)).await.0, StatusCode::OK);
        let version_alone = json!({ "metadata": { "name": "mine", "resourceVersion": "2" }, "spec": spec });
        for gone in [second, version_alone] {
            let (status, answer) = call(&app, "PUT", &one, gone).await;
            assert_eq!((status, &answer["reason"]), (StatusCode::CONFLICT, &json!("Conflict")), "{answer}");
        }
        assert_eq!(call(&app, "GET", &one, json!(null)).await.0, StatusCode::NOT_FOUND);
        let (status, third) = call(&app, "PUT", &one, new).await;
        assert_eq!(status, StatusCode::CREATED, "{third}");
        assert_ne!(third["metadata"]["uid"], first["metadata"]["uid"]);
    }
}

#[tokio::test]
async fn a_body_that_does_not_fit_its_address_is_refused_with_the_reason() {
    let app = app();
    for (version, body, wanted) in [
        ("v1beta1", json!({ "apiVersion": "dashboard.grafana.app/v2", "metadata": { "name": "x" } }), "apiVersion is"),
        ("v1beta1", json!({ "kind": "Folder", "metadata": { "name": "x" } }), "kind is"),
        ("v1beta1", json!({ "metadata": { "name": "x", "namespace": "y" } }), "metadata.namespace is"),
        ("v1beta1", json!({ "metadata": {}, "spec": {} }), "needs a name"),
        ("v1beta1", json!({ "metadata": { "name": "x" } }), "spec must be"),
        ("v1beta1", json!({ "metadata": { "name": "a/b" }, "spec": {} }), "uid \"a/b\""),
        ("v1", json!({ "metadata": { "name": "x" }, "spec": { "elements": {} } }), "send this dashboard to v2"),
        ("v2", json!({ "metadata": { "name": "x" }, "spec": { "panels": [] } }), "send this dashboard to v1beta1"),
        (
            "v1",
            json!({ "metadata": { "name": "x", "annotations": { "grafana.app/folder": "no" } }, "spec": {} }),
            "no folder",
        ),
        ("v1", json!([]), "must be a resource"),
    ] {
        let (status, answer) = call(&app, "POST", &path(version), body.clone()).await;
        let said = answer["message"].as_str().unwrap_or_default();
        assert!(status.is_client_error() && said.contains(wanted), "{body}: {status} {answer}");
    }
    assert_eq!(call(&app, "GET", &path("v3"), json!(null)).await.1["reason"], "NotFound");
}

#[tokio::test]
async fn clients_of_kubernetes_get_every_refusal_in_their_shape() {
    let app = app();
    let path = path("v1");
    let elsewhere = path.replace("default", "org-2");
    for (method, path, body, status, reason) in [
        ("POST", &*path, "{", StatusCode::BAD_REQUEST, "BadRequest"),
        ("DELETE", &*path, "", StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed"),
        ("GET", &*format!("{path}/x/nothing"), "", StatusCode::NOT_FOUND, "NotFound"),
        ("GET", "/apis/nothing.grafana.app/v1", "", StatusCode::NOT_FOUND, "NotFound"),
        ("GET", &*elsewhere, "", StatusCode::NOT_FOUND, "NotFound"),
        ("PUT", &*format!("{elsewhere}/x"), r#"{"spec":{"title":"x"}}"#, StatusCode::NOT_FOUND, "NotFound"),
        ("GET", &*format!("{elsewhere}/stage4-async-rolling/dto"), "", StatusCode::NOT_FOUND, "NotFound"),
        ("GET", "/openapi/v3", "", StatusCode::NOT_FOUND, "NotFound"),
    ] {
        let request = Request::builder().method(method).uri(path).body(Body::from(body.to_owned()));
        let (found, answer) = send(&app, request.expect("a request")).await;
        let shape = (found, &answer["kind"], &answer["reason"], &answer["code"]);
        assert_eq!(
            shape,
            (status, &json!("Status"), &json!(reason), &json!(status.as_u16())),
            "{method} {path}: {answer}"
        );
        assert!(answer["message"].is_string(), "{answer}");
    }
    assert_eq!(ask_of(&app, "/apis/").await["kind"], "APIGroupList");
    assert_eq!(ask_of(&app, "/version").await["gitVersion"], "v1.34.0+dicelab.1.2.3");
}

fn second(title: &str) -> Value {
    let element = json!({ "kind": "Panel", "spec": { "id": 1, "title": "Up", "data": { "kind": "QueryGroup", "spec": {
        "queries": [{ "kind": "PanelQuery", "spec": { "refId": "A", "hidden": false, "query": { "kind": "DataQuery",
            "group": "prometheus", "version": "v0", "datasource": { "name": "prometheus" }, "spec": { "expr": "up" } } } }],
        "transformations": [{ "kind": "Transformation", "group": "reduce", "spec": { "options": {} } }] } },
        "vizConfig": { "kind": "VizConfig", "group": "stat", "version": "", "spec": { "options": {}, "fieldConfig": {} } } } });
    let item = json!({ "kind": "GridLayoutItem", "spec": { "x": 0, "y": 0, "width": 6, "height": 4,
        "element": { "kind": "ElementReference", "name": "panel-1" } } });
    json!({ "metadata": { "name": "second" }, "spec": { "title": title, "elements": { "panel-1": element },
        "layout": { "kind": "GridLayout", "spec": { "items": [item] } } } })
}

#[tokio::test]
async fn a_dashboard_is_answered_in_the_schema_that_is_asked_for() {
    let app = app();
    let (status, made) = call(&app, "POST", &path("v2"), second("Second")).await;
    assert_eq!((status, &made["status"]), (StatusCode::CREATED, &json!({})), "{made}");
    let one = |version: &str| format!("{}/second", path(version));
    let classic = ask_of(&app, &one("v1beta1")).await;
    assert_eq!(classic["status"]["conversion"], json!({ "failed": false, "storedVersion": "v2" }));
    assert_eq!(classic["spec"]["panels"][0]["targets"][0]["expr"], "up");
    let beta = ask_of(&app, &one("v2beta1")).await;
    let transformation = &beta["spec"]["elements"]["panel-1"]["spec"]["data"]["spec"]["transformations"][0];
    assert_eq!((&transformation["kind"], &transformation["spec"]["id"]), (&json!("reduce"), &json!("reduce")));
    let alpha = ask_of(&app, &one("v2alpha1")).await;
    assert_eq!(alpha["spec"]["elements"]["panel-1"]["spec"]["vizConfig"]["kind"], "stat");
    assert_eq!(ask_of(&app, "/api/dashboards/uid/second").await["dashboard"]["panels"][0]["type"], "stat");
    let shipped = format!("{}/stage4-async-rolling", path("v2"));
    let shipped = ask_of(&app, &shipped).await;
    assert_eq!(shipped["status"]["conversion"]["storedVersion"], "v1beta1");
    assert_eq!(shipped["spec"]["elements"].as_object().map(serde_json::Map::len), Some(25));
    // What was read in one schema and written back in it is the dashboard of that schema from then on.
    assert_eq!(call(&app, "PUT", &one("v1beta1"), classic).await.0, StatusCode::OK);
    assert_eq!(ask_of(&app, &one("v2")).await["status"]["conversion"]["storedVersion"], "v1beta1");
    assert_eq!(ask_of(&app, &one("v2")).await["spec"]["title"], "Second");
}

async fn patch(app: &Router, media: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::patch(path).header("content-type", media).body(Body::from(body.to_string()));
    send(app, request.expect("a request")).await
}

#[tokio::test]
async fn a_part_is_changed_by_either_kind_of_patch() {
    let app = app();
    call(&app, "POST", &path("v2"), second("Second")).await;
    let one = format!("{}/second", path("v2"));
    let merge = json!({ "metadata": { "labels": { "team": "a" } }, "spec": { "title": "Merged", "description": "d" } });
    let (status, merged) = patch(&app, "application/merge-patch+json", &one, merge).await;
    assert_eq!((status, &merged["spec"]["title"]), (StatusCode::OK, &json!("Merged")), "{merged}");
    assert_eq!((&merged["metadata"]["generation"], &merged["metadata"]["labels"]["team"]), (&json!(2), &json!("a")));
    let operations = json!([
        { "op": "test", "path": "/spec/title", "value": "Merged" },
        { "op": "replace", "path": "/spec/elements/panel-1/spec/title", "value": "Down" },
        { "op": "remove", "path": "/spec/description" },
    ]);
    let media = "application/json-patch+json; charset=utf-8";
    let patched = patch(&app, media, &one, operations.clone()).await.1;
    assert_eq!(patched["spec"]["elements"]["panel-1"]["spec"]["title"], "Down");
    assert_eq!(patched["spec"].get("description"), None);
    for (media, body, wanted) in [
        (media, operations, StatusCode::UNPROCESSABLE_ENTITY),
        ("application/json", json!({}), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/merge-patch+json", json!({ "metadata": { "resourceVersion": "1" } }), StatusCode::CONFLICT),
        ("application/merge-patch+json", json!({ "metadata": { "name": "other" } }), StatusCode::BAD_REQUEST),
        ("application/merge-patch+json", json!({ "spec": null }), StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(patch(&app, media, &one, body.clone()).await.0, wanted, "{body}");
    }
    let none = format!("{}/none", path("v2"));
    assert_eq!(patch(&app, "application/merge-patch+json", &none, json!({})).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn lists_come_in_pages_and_by_labels_and_a_trial_changes_nothing() {
    let app = app();
    let path = path("v1");
    for (name, team) in [("a", "x"), ("b", "y"), ("c", "x")] {
        let body = json!({ "metadata": { "name": name, "labels": { "team": team } }, "spec": { "title": name } });
        assert_eq!(call(&app, "POST", &path, body).await.0, StatusCode::CREATED);
    }
    let names = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["metadata"]["name"].as_str().expect("a name").to_owned()).collect()
    };
    let first = ask_of(&app, &format!("{path}?limit=2")).await;
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a".into(), "b".into()], &json!(3)));
    let token = first["metadata"]["continue"].as_str().expect("a token");
    let second = ask_of(&app, &format!("{path}?limit=2&continue={token}")).await;
    assert_eq!(names(&second), ["c", "concurrency-lab"]);
    assert_eq!(names(&ask_of(&app, &format!("{path}?labelSelector=team%3Dx")).await), ["a", "c"]);
    assert_eq!(names(&ask_of(&app, &format!("{path}?fieldSelector=metadata.name%3Db")).await), ["b"]);
    assert_eq!(names(&ask_of(&app, &format!("{GROUP}/v1/dashboards?limit=1")).await), ["a"]);
    for bad in ["limit=x", "continue=*", "watch=true", "fieldSelector=spec.title%3Da", "labelSelector=%3D"] {
        assert_eq!(call(&app, "GET", &format!("{path}?{bad}"), json!(null)).await.0, StatusCode::BAD_REQUEST, "{bad}");
    }
    let change = json!({ "spec": { "title": "Changed" } });
    let tried = call(&app, "PUT", &format!("{path}/a?dryRun=All"), change.clone()).await.1;
    assert_eq!((&tried["spec"]["title"], &tried["metadata"]["generation"]), (&json!("Changed"), &json!(2)));
    assert_eq!(ask_of(&app, &format!("{path}/a")).await["spec"]["title"], "a");
    call(&app, "DELETE", &format!("{path}/a?dryRun=All"), json!(null)).await;
    call(&app, "PUT", &format!("{path}/a"), change).await;
    let history = "labelSelector=grafana.app%2Fget-history%3Dtrue&fieldSelector=metadata.name%3Da";
    let versions = ask_of(&app, &format!("{path}?{history}")).await;
    assert_eq!((&versions["items"][0]["metadata"]["generation"], names(&versions).len()), (&json!(2), 2));
    let dto = ask_of(&app, &format!("{path}/a/dto")).await;
    assert_eq!((&dto["kind"], &dto["access"]["canSave"]), (&json!("DashboardWithAccessInfo"), &json!(true)));
    // What is not there can be made by PUT.
    let (status, made) = call(&app, "PUT", &format!("{path}/new"), json!({ "spec": { "title": "New" } })).await;
    assert_eq!((status, &made["metadata"]["name"]), (StatusCode::CREATED, &json!("new")));
}

#[tokio::test]
async fn discovery_names_every_group_version_and_resource() {
    let app = app();
    let groups = ask_of(&app, "/apis").await;
    let names: Vec<_> = groups["groups"].as_array().expect("a list").iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["dashboard.grafana.app", "folder.grafana.app"]);
    for group in groups["groups"].as_array().expect("a list") {
        for version in group["versions"].as_array().expect("a list") {
            let path = format!("/apis/{}", version["groupVersion"].as_str().expect("a text"));
            let list = ask_of(&app, &path).await;
            let plural = list["resources"][0]["name"].as_str().expect("a name");
            let all = ask_of(&app, &format!("{path}/namespaces/default/{plural}")).await;
            assert!(all["items"].is_array(), "{path}: {all}");
        }
    }
    for path in
        ["/apis/none.grafana.app", "/apis/dashboard.grafana.app/v9", "/apis/folder.grafana.app/v1/namespaces/default/x"]
    {
        assert_eq!(call(&app, "GET", path, json!(null)).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_change_of_one_dashboard_never_writes_another() {
    let app = app();
    let spec = json!({ "title": "T", "panels": [] });
    for name in ["good", "other"] {
        call(&app, "POST", &path("v1"), json!({ "metadata": { "name": name }, "spec": spec })).await;
    }
    let good = format!("{}/good", path("v1"));
    let inner = json!({ "uid": "other", "title": "Taken", "panels": [] });
    let bodies = [
        json!({ "metadata": { "name": 5 }, "spec": inner }),
        json!({ "metadata": { "name": { "a": 1 } }, "spec": inner }),
        json!({ "metadata": "x", "spec": inner }),
        json!({ "metadata": ["x"], "spec": inner }),
        json!({ "metadata": { "name": null }, "spec": inner }),
        json!({ "metadata": null, "spec": inner }),
        json!({ "dashboard": inner, "spec": spec }),
        json!({ "dashboard": { "apiVersion": "x", "metadata": { "name": "new" }, "spec": inner }, "spec": spec }),
    ];
    for body in bodies {
        for method in ["PUT", "PATCH"] {
            let (status, answer) = match method {
                "PUT" => call(&app, "PUT", &good, body.clone()).await,
                _ => patch(&app, "application/merge-patch+json", &good, body.clone()).await,
            };
            let is_right = status == StatusCode::BAD_REQUEST || answer["metadata"]["name"] == "good";
            assert!(is_right, "{method} {body}: {status} {answer}");
            let other = ask_of(&app, &format!("{}/other", path("v1"))).await;
            assert_eq!((&other["spec"]["title"], &other["metadata"]["generation"]), (&json!("T"), &json!(1)), "{body}");
            assert_eq!(ask_of(&app, &path("v1")).await["items"].as_array().map(Vec::len), Some(4), "{method} {body}");
        }
    }
}

#[tokio::test]
async fn a_dashboard_of_another_shape_is_refused_and_the_list_goes_on() {
    let app = app();
    let shapes = [
        json!({ "uid": "a", "elements": { "a": { "spec": { "data": "x", "vizConfig": { "kind": "timeseries" } } } } }),
        json!({ "uid": "b", "elements": { "a": { "spec": { "data": {}, "vizConfig": "x" } } } }),
        json!({ "uid": "c", "elements": { "a": { "spec": 7 } } }),
        json!({ "apiVersion": "x", "metadata": "text", "spec": { "uid": "d", "panels": [] } }),
        json!({ "apiVersion": "x", "metadata": { "name": [] }, "spec": { "title": "E", "panels": [] } }),
        json!("text"),
    ];
    for shape in shapes {
        let body = json!({ "dashboard": shape, "overwrite": true });
        let (status, answer) = call(&app, "POST", "/api/dashboards/db", body).await;
        assert!(status == StatusCode::OK || status == StatusCode::BAD_REQUEST, "{shape}: {status} {answer}");
        for version in ["v1", "v2", "v2beta1", "v2alpha1"] {
            assert!(ask_of(&app, &path(version)).await["items"].is_array(), "{shape}");
        }
    }
}

#[tokio::test]
async fn a_patch_that_nests_or_doubles_without_end_is_refused() {
    let app = app();
    let mine = json!({ "metadata": { "name": "mine" }, "spec": { "title": "T", "panels": [], "s": {}, "t": {} } });
    call(&app, "POST", &path("v1"), mine).await;
    let one = format!("{}/mine", path("v1"));
    let wrap = [
        json!({ "op": "add", "path": "/spec/t", "value": { "a": 0 } }),
        json!({ "op": "move", "from": "/spec/s", "path": "/spec/t/a" }),
        json!({ "op": "move", "from": "/spec/t", "path": "/spec/s" }),
    ];
    let deep: Value = wrap.into_iter().cycle().take(24_000).collect();
    let wide: Value =
        (0..40).map(|at| json!({ "op": "copy", "from": "/spec", "path": format!("/spec/k{at}") })).collect();
    for body in [deep, wide] {
        let (status, answer) = patch(&app, "application/json-patch+json", &one, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    }
    assert_eq!(ask_of(&app, &one).await["metadata"]["generation"], 1);
}
