module go-verify

go 1.26
