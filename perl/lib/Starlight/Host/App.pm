package Starlight::Host::App;

# What is known about the application, for messages and for $0.
use strict;
use warnings;
use File::Spec ();
use Scalar::Util ();
use overload ();

our $file;    # absolute, as far as it is known

# By what a command line names.
sub known_by {
    my ($name) = @_;
    # As Plack has it: a name without a dot is a module.
    $file = File::Spec->rel2abs($name) unless $name =~ /^[a-zA-Z0-9_:]+$/;
}

# By what Perl has loaded, where nobody has said it (plackup).
sub look {
    return $file if defined $file;
    my @files = map { File::Spec->rel2abs($INC{$_}) } grep {/\.psgi\z/} keys %INC;
    return @files == 1 ? $files[0] : undef;
}

# "The application /srv/app.psgi"
sub name {
    my $known = look();
    return join ' ', 'The application', defined $known ? $known : ();
}

# What a file gives that has forgotten its last line is a number as a rule.
sub check {
    my ($app) = @_;
    my $is_app = ref $app && (Scalar::Util::reftype($app) eq 'CODE' || (Scalar::Util::blessed($app) && overload::Method($app, '&{}')));
    return $app if $is_app;
    die 'The application is ' . (defined $app ? "\"$app\"" : 'undef') . ", a code reference is needed\n";
}

1;
