package Starlight::Host::Runner;

# plackup's runner, which loads the application for a zygote.
use strict;
use warnings;
use Plack::Runner ();
use Starlight::Host::App ();
our @ISA = ('Plack::Runner');

# `$handler`: runs the application once it is loaded.
sub new {
    my ($class, $handler, @arguments) = @_;
    my $self = $class->SUPER::new(env => 'deployment', loader => 'Delayed', handler => $handler);
    $self->parse_options(@arguments);
    return $self if $self->{eval} && !@{ $self->{argv} };
    Starlight::Host::App::known_by($self->{app} || $self->{argv}[0] || 'app.psgi');
    return $self;
}

sub load_server { return $_[0]{handler} }

# The access log is Starlight's, which knows also what the application does not see.
sub prepare_devel {
    my ($self, $builder) = @_;
    return $builder unless $self->{default_middleware};
    return $self->apply_middleware($self->apply_middleware($builder, 'Lint'), 'StackTrace');
}

1;
