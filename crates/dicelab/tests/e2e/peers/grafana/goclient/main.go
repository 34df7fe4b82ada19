// Creates, reads, changes and deletes a folder, a dashboard, an annotation and a snapshot with Grafana's client for Go, and
// reads data sources and alert rules. It prints one JSON object a step, or ends with the first failure. The first argument is
// the address of the lab; with a second one, `keep`, a folder, a dashboard and an annotation stay there.
package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strconv"

	"github.com/grafana/grafana-openapi-client-go/client"
	"github.com/grafana/grafana-openapi-client-go/client/annotations"
	"github.com/grafana/grafana-openapi-client-go/client/folders"
	"github.com/grafana/grafana-openapi-client-go/client/search"
	"github.com/grafana/grafana-openapi-client-go/models"
)

func must[T any](step string, answer T, err error) T {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", step, err)
		os.Exit(1)
	}
	line, _ := json.Marshal(map[string]any{"step": step, "answer": answer})
	fmt.Println(string(line))
	return answer
}

// A call that must be refused.
func refused[T any](step string, _ T, err error) {
	if err == nil {
		fmt.Fprintf(os.Stderr, "%s: it was not refused\n", step)
		os.Exit(1)
	}
	line, _ := json.Marshal(map[string]any{"step": step, "refused": fmt.Sprintf("%T", err)})
	fmt.Println(string(line))
}

func pointer[T any](value T) *T { return &value }

func main() {
	at, err := url.Parse(os.Args[1])
	if err != nil {
		panic(err)
	}
	api := client.NewHTTPClientWithConfig(nil, &client.TransportConfig{
		Host: at.Host, BasePath: "/api", Schemes: []string{at.Scheme}, APIKey: "anything",
	})
	foldersAndDashboards(api)
	notes(api)
	reading(api)
	if len(os.Args) > 2 && os.Args[2] == "keep" {
		note, err := api.Annotations.PostAnnotation(&models.PostAnnotationsCmd{DashboardUID: "go-board", Text: pointer("kept by Go")})
		must("keep annotation", note, err)
		return
	}
	deleting(api)
}

func board(title string, version int) models.JSON {
	return map[string]any{
		"uid": "go-board", "title": title, "version": version, "tags": []string{"go"},
		"panels": []any{map[string]any{
			"id": 1, "type": "timeseries", "title": "Up",
			"targets": []any{map[string]any{"refId": "A", "expr": "up"}},
		}, map[string]any{"id": 2, "type": "annolist", "title": "Notes"}},
	}
}

func foldersAndDashboards(api *client.GrafanaHTTPAPI) {
	made, err := api.Folders.CreateFolder(&models.CreateFolderCommand{UID: "go-outer", Title: "Of Go"})
	must("create folder", made, err)
	inner, err := api.Folders.CreateFolder(&models.CreateFolderCommand{UID: "go-inner", Title: "Inner", ParentUID: "go-outer"})
	must("create folder within", inner, err)
	_, err = api.Folders.CreateFolder(&models.CreateFolderCommand{UID: "go-outer", Title: "Again"})
	refused("create folder again", made, err)
	changed, err := api.Folders.UpdateFolder("go-outer", &models.UpdateFolderCommand{Title: "Of Go, changed", Version: 1})
	must("change folder", changed, err)
	_, err = api.Folders.UpdateFolder("go-outer", &models.UpdateFolderCommand{Title: "Stale", Version: 1})
	refused("change folder of an old version", changed, err)
	moved, err := api.Folders.MoveFolder("go-inner", &models.MoveFolderCommand{})
	must("move folder", moved, err)
	counts, err := api.Folders.GetFolderDescendantCounts("go-outer")
	must("count folder", counts, err)

	saved, err := api.Dashboards.PostDashboard(&models.SaveDashboardCommand{Dashboard: board("First", 0), FolderUID: "go-outer", Message: "one"})
	must("create dashboard", saved, err)
	again, err := api.Dashboards.PostDashboard(&models.SaveDashboardCommand{Dashboard: board("Second", 1), FolderUID: "go-outer", Message: "two"})
	must("change dashboard", again, err)
	_, err = api.Dashboards.PostDashboard(&models.SaveDashboardCommand{Dashboard: board("Stale", 1), FolderUID: "go-outer"})
	refused("change dashboard of an old version", again, err)
	read, err := api.Dashboards.GetDashboardByUID("go-board")
	must("read dashboard", read, err)
	restored, err := api.Dashboards.RestoreDashboardVersionByUID("go-board", &models.RestoreDashboardVersionCommand{Version: 1})
	must("restore dashboard", restored, err)
	old, err := api.Dashboards.GetDashboardVersionByUID("go-board", 2)
	must("read version", old, err)
	tags, err := api.Dashboards.GetDashboardTags()
	must("tags", tags, err)
	hits, err := api.Search.Search(search.NewSearchParams().WithFolderUIDs([]string{"go-outer"}).WithType(pointer("dash-db")))
	must("search", hits, err)
	all, err := api.Folders.GetFolders(folders.NewGetFoldersParams())
	must("list folders", all, err)
}

func notes(api *client.GrafanaHTTPAPI) {
	made, err := api.Annotations.PostAnnotation(&models.PostAnnotationsCmd{
		DashboardUID: "go-board", PanelID: 1, Time: 1_700_000_000_000, TimeEnd: 1_700_000_060_000, Text: pointer("by Go"), Tags: []string{"go"},
	})
	must("create annotation", made, err)
	id := strconv.FormatInt(*made.Payload.ID, 10)
	patched, err := api.Annotations.PatchAnnotation(id, &models.PatchAnnotationsCmd{Text: "patched"})
	must("patch annotation", patched, err)
	changed, err := api.Annotations.UpdateAnnotation(id, &models.UpdateAnnotationsCmd{Text: "changed", Tags: []string{"go", "two"}, Time: 1_700_000_000_000})
	must("change annotation", changed, err)
	one, err := api.Annotations.GetAnnotationByID(id)
	must("read annotation", one, err)
	list, err := api.Annotations.GetAnnotations(annotations.NewGetAnnotationsParams().WithDashboardUID(pointer("go-board")).WithTags([]string{"two"}))
	must("list annotations", list, err)
	tags, err := api.Annotations.GetAnnotationTags(annotations.NewGetAnnotationTagsParams())
	must("annotation tags", tags, err)
	gone, err := api.Annotations.DeleteAnnotationByID(id)
	must("delete annotation", gone, err)
	_, err = api.Annotations.GetAnnotationByID(id)
	refused("read annotation that is gone", one, err)

	snapshot, err := api.Dashboards.CreateDashboardSnapshot(&models.CreateDashboardSnapshotCommand{
		Name: "Of Go", Dashboard: map[string]any{"title": "Kept", "panels": []any{}},
	})
	must("create snapshot", snapshot, err)
	kept, err := api.Dashboards.GetDashboardSnapshot(snapshot.Payload.Key)
	must("read snapshot", kept, err)
	removed, err := api.Dashboards.DeleteDashboardSnapshotByDeleteKey(snapshot.Payload.DeleteKey)
	must("delete snapshot", removed, err)
	_, err = api.Dashboards.GetDashboardSnapshot(snapshot.Payload.Key)
	refused("read snapshot that is gone", kept, err)
}

func reading(api *client.GrafanaHTTPAPI) {
	sources, err := api.Datasources.GetDataSources()
	must("data sources", sources, err)
	one, err := api.Datasources.GetDataSourceByUID("loki")
	must("data source", one, err)
	health, err := api.Datasources.CheckDatasourceHealthWithUID("prometheus")
	must("health", health, err)
	rules, err := api.Provisioning.GetAlertRules()
	must("alert rules", rules, err)
	policies, err := api.Provisioning.GetPolicyTree()
	must("policies", policies, err)
	user, err := api.SignedInUser.GetSignedInUser()
	must("user", user, err)
}

func deleting(api *client.GrafanaHTTPAPI) {
	board, err := api.Dashboards.DeleteDashboardByUID("go-board")
	must("delete dashboard", board, err)
	_, err = api.Dashboards.GetDashboardByUID("go-board")
	refused("read dashboard that is gone", board, err)
	for _, uid := range []string{"go-inner", "go-outer"} {
		gone, err := api.Folders.DeleteFolder(folders.NewDeleteFolderParams().WithFolderUID(uid))
		must("delete folder "+uid, gone, err)
	}
}
