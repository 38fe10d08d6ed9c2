module rotation-go

go 1.25.0

require (
	github.com/pulumi/pulumi/sdk/v3 v3.259.0
	pulumi-qwilt.example/sdk/go/qwilt v0.0.0
)
