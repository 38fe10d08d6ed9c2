"""A live site whose certificate follows the files in one folder: put a new certificate there, run `pulumi up`."""

from pathlib import Path

import pulumi
import pulumi_qwilt as qwilt

site_name = pulumi.Config().get("siteName") or "www.example.com"


def pem(file: str) -> str:
    return (Path("certificate") / file).read_text()


site = qwilt.Site("www", site_name=site_name)

configuration = qwilt.SiteConfiguration(
    "www",
    site_id=site.site_id,
    host_index={
        "hosts": [
            {
                "host": "www.example.com",
                "host-metadata": {
                    "metadata": [
                        {
                            "generic-metadata-type": "MI.SourceMetadataExtended",
                            "generic-metadata-value": {
                                "sources": [{"protocol": "https/1.1", "endpoints": ["origin.example.com"]}]
                            },
                        },
                        {
                            "generic-metadata-type": "MI.ProtocolACL",
                            "generic-metadata-value": {
                                "protocol-acl": [{"action": "allow", "protocols": ["http/1.1", "https/1.1", "http/2"]}]
                            },
                        },
                    ]
                },
            }
        ]
    },
)

certificate = qwilt.Certificate(
    "www",
    certificate=pem("leaf.pem"),
    certificate_chain=pem("chain.pem"),
    # The provider reads the key: it is in no input and no log.
    private_key_from={"file": "certificate/key.pem"},
)

link = qwilt.SiteCertificateLink(
    "www",
    site_id=site.site_id,
    certificate=certificate,
    hosts=configuration.secured_hosts,
    # A certificate and a revision that change together take one publish.
    revision_id=configuration.revision_id,
)

qwilt.SitePublication(
    "www",
    site_id=site.site_id,
    revision_id=configuration.revision_id,
    opts=pulumi.ResourceOptions(depends_on=[link]),
)

pulumi.export("pointYourHostsTo", site.delegation_target)
pulumi.export("validUntil", certificate.not_after)
