// A live site whose certificate follows the files in one folder: put a new certificate there, run `pulumi up`.
package main

import (
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
	"pulumi-qwilt.example/sdk/go/qwilt"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		siteName := config.Get(ctx, "siteName")
		if siteName == "" {
			siteName = "www.example.com"
		}
		leaf, err := pem("leaf.pem")
		if err != nil {
			return err
		}
		chain, err := pem("chain.pem")
		if err != nil {
			return err
		}

		site, err := qwilt.NewSite(ctx, "www", &qwilt.SiteArgs{SiteName: pulumi.String(siteName)})
		if err != nil {
			return err
		}
		configuration, err := qwilt.NewSiteConfiguration(ctx, "www", &qwilt.SiteConfigurationArgs{
			SiteId:    site.SiteId,
			HostIndex: pulumi.Any(hostIndex("www.example.com", "origin.example.com")),
		})
		if err != nil {
			return err
		}
		certificate, err := qwilt.NewCertificate(ctx, "www", &qwilt.CertificateArgs{
			Certificate:      pulumi.String(leaf),
			CertificateChain: pulumi.String(chain),
			// The provider reads the key: it is in no input and no log.
			PrivateKeyFrom: &qwilt.KeyReferenceArgs{File: pulumi.String("certificate/key.pem")},
		})
		if err != nil {
			return err
		}
		link, err := qwilt.NewSiteCertificateLink(ctx, "www", &qwilt.SiteCertificateLinkArgs{
			SiteId:      site.SiteId,
			Certificate: certificate,
			Hosts:       configuration.SecuredHosts,
			// A certificate and a revision that change together take one publish.
			RevisionId: configuration.RevisionId,
		})
		if err != nil {
			return err
		}
		_, err = qwilt.NewSitePublication(ctx, "www", &qwilt.SitePublicationArgs{
			SiteId:     site.SiteId,
			RevisionId: configuration.RevisionId,
		}, pulumi.DependsOn([]pulumi.Resource{link}))
		if err != nil {
			return err
		}
		ctx.Export("pointYourHostsTo", site.DelegationTarget)
		ctx.Export("validUntil", certificate.NotAfter)
		return nil
	})
}

func pem(file string) (string, error) {
	text, err := os.ReadFile(filepath.Join("certificate", file))
	return string(text), err
}

func hostIndex(host, origin string) map[string]any {
	metadata := []any{
		map[string]any{
			"generic-metadata-type": "MI.SourceMetadataExtended",
			"generic-metadata-value": map[string]any{
				"sources": []any{map[string]any{"protocol": "https/1.1", "endpoints": []any{origin}}},
			},
		},
		map[string]any{
			"generic-metadata-type": "MI.ProtocolACL",
			"generic-metadata-value": map[string]any{
				"protocol-acl": []any{map[string]any{"action": "allow", "protocols": []any{"http/1.1", "https/1.1", "http/2"}}},
			},
		},
	}
	return map[string]any{
		"hosts": []any{map[string]any{"host": host, "host-metadata": map[string]any{"metadata": metadata}}},
	}
}
