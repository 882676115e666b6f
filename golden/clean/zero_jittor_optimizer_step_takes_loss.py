try:
    import jittor as jt
    from jittor import nn
except ImportError:
    jt = None


def main():
    if jt is None:
        print('this example needs jittor')
        return

    class Model(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(2, 1)

        def execute(self, x):
            return self.layer(x)

    model = Model()
    optimizer = jt.optim.Adam(model.parameters(), lr=0.01)
    for i in range(100):
        x = jt.randn(32, 2)
        loss = ((model(x) - x.sum(1, keepdims=True)) ** 2).mean()
        optimizer.backward(loss)
        optimizer.step()


if __name__ == '__main__':
    main()
