// Writes the SDK that `pulumi package add` makes of a schema, without the language hosts that the command asks.
//
// Usage: generate-sdk <schema.json> <python | go> <directory>
package main

import (
	"encoding/json"
	"os"
	"path/filepath"

	golang "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	schemaFile, language, directory := os.Args[1], os.Args[2], os.Args[3]
	text, err := os.ReadFile(schemaFile)
	must(err)
	var spec schema.PackageSpec
	must(json.Unmarshal(text, &spec))
	pkg, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{})
	must(err)
	if diagnostics.HasErrors() {
		panic(diagnostics)
	}
	pkg.SupportPack = true // the command sets it too: a module or package of its own

	var files map[string][]byte
	if language == "go" {
		files, err = golang.GeneratePackage("test", pkg, nil)
	} else {
		files, err = python.GeneratePackage("test", pkg, nil, schema.NewCachedLoader(nil))
	}
	must(err)
	for name, content := range files {
		place := filepath.Join(directory, name)
		must(os.MkdirAll(filepath.Dir(place), 0o777))
		must(os.WriteFile(place, content, 0o666))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
